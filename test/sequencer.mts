import { statSync } from 'node:fs';

interface TestFile {
  readonly path: string;
}

/** What takes minutes. A file of these that begins last keeps one worker busy while the other has nothing to do. */
const longest = [/\/test\/faults\//, /\/(neighbours|growth\/stores)\./, /\/conformance\.servers\./, /\.servers\./];

/** Longest first, as far as names tell; Jest itself goes by size alone where it has not run the files before. */
// biome-ignore lint/style/noDefaultExport: Jest asks for it
export default class LongestFirst {
  sort(tests: readonly TestFile[]): readonly TestFile[] {
    const rank = ({ path }: TestFile) => longest.findIndex(pattern => pattern.test(path)) >>> 0;
    const size = ({ path }: TestFile) => statSync(path).size;
    return tests.toSorted((a, b) => rank(a) - rank(b) || size(b) - size(a));
  }

  allFailedTests(): readonly TestFile[] {
    return [];
  }

  cacheResults(): void {}
}
