import { Option } from 'commander';
import { mapOk, type Result } from '../../core/result.ts';
import { mostBytes } from '../documents.ts';
import { type InputFile, inputFiles, textOfFile } from '../files.ts';
import { type AddVerb, exitCodes, type Io } from '../io.ts';
import { type LintFile, lintFiles } from './check.ts';
import type { LintFinding } from './finding.ts';
import { type LintFormat, lintFormats, printFindings } from './print.ts';

/** `shearline lint PATH…`: what should not be in a repository, and what would not work in a cluster. */
export const addLint: AddVerb = (program, io, exit) => {
  program
    .command('lint')
    .description('find plaintext secrets, and what is wrong with our kinds, in files')
    .argument('<paths...>', 'files, or folders of them')
    .addOption(new Option('-o, --output <format>', 'of the findings').choices(lintFormats).default('text'))
    .addHelpText(
      'after',
      '\nEnds with 1 when something is found. `# shearline:ignore` on a line, or above it, keeps it quiet.',
    )
    .action((paths: readonly string[], { output }: { readonly output: LintFormat }) => exit(run(paths, output, io)));
};

/** Of folders. What is named is checked whatever it is called. */
const wanted = /\.(ya?ml|json|env|cfg|ini|properties|conf|toml)$|^\.env(\.[\w-]+)?$/;
const generated = /^(package-lock|npm-shrinkwrap)\.json$|\.min\.json$/;
const isWanted = (name: string): boolean => wanted.test(name) && !generated.test(name);

function run(paths: readonly string[], output: LintFormat, io: Io): number {
  const findings = findingsIn(paths, io.cwd);
  if (!findings.ok) {
    io.stderr(`${findings.fault}\n`);
    return exitCodes.usage;
  }
  io.stdout(printFindings(findings.value, output));
  return findings.value.length > 0 ? exitCodes.findings : exitCodes.ok;
}

function findingsIn(paths: readonly string[], cwd: string): Result<readonly LintFinding[], string> {
  return mapOk(inputFiles(paths, cwd, isWanted), files => lintFiles(textsOf(files)));
}

/** One in memory at a time. */
function* textsOf(files: readonly InputFile[]): Generator<LintFile> {
  for (const { name, path } of files) yield { name, text: textOfFile(path, mostBytes) };
}
