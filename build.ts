import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type BuildOptions, build as bundle, type Metafile, type Plugin } from 'esbuild';

const root = import.meta.dirname;

/**
 * Bundles the operator into dist/main.js and chunks beside it that are loaded on first use: a provider that no source
 * names costs no memory. Comments and spaces go, for Node keeps the text of what it runs, at two bytes a character if one
 * of them is not Latin; names stay, so that a stack trace names functions.
 */
const options = {
  absWorkingDir: root,
  // The worker of the sandbox runs a program of its own.
  entryPoints: [`${root}/src/main.ts`, `${root}/src/sandbox-worker.ts`],
  outdir: `${root}/dist`,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Node 24 has it; rewritten, each call of the API server and of a store would pay for it.
  supported: { using: true },
  chunkNames: '[name]-[hash]',
  // What pino, ws and debug look for and do without, as it is not installed, or for developers only.
  external: ['pino-pretty', 'bufferutil', 'utf-8-validate', 'supports-color'],
  legalComments: 'linked',
  charset: 'ascii',
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 200,
  banner: { js: requireForCommonJs() },
  plugins: [
    ...['axios', 'tv4', 'mustache', 'google-auth-library', '../milo/simd.js', '../milo/no-simd.js'].map(leaveOut),
    googleByRest(),
    clientOfUndici(),
  ],
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** CommonJS dependencies such as node-vault require Node's own modules, which an ES module cannot without this. */
function requireForCommonJs(): string {
  return [
    "import { createRequire as createRequireOfBundle } from 'node:module';",
    'const require = createRequireOfBundle(import.meta.url);',
  ].join('\n');
}

/** Another module under that name: for all that ask for it, or for our own code alone. */
function inPlaceOf(name: string, contents: string, whose: 'everybody' | 'ours' = 'everybody'): Plugin {
  return {
    name: `in place of ${name}`,
    setup: build => {
      const namespace = `in-place-of-${name}`;
      build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ importer, path }) =>
        whose === 'everybody' || importer.startsWith(`${root}/src/`) ? { path, namespace } : undefined,
      );
      build.onLoad({ filter: /^/, namespace }, () => ({ resolveDir: root, contents }));
    },
  };
}

/**
 * For what a dependency loads and we replace or do without: HTTP and logins are our own, and axios alone takes 8 MB;
 * the second parser of undici, 150 kB, is an experiment that somebody has to ask for.
 */
function leaveOut(name: string): Plugin {
  return inPlaceOf(name, 'module.exports = undefined;');
}

/** Google's client speaks REST here; the half of its library that speaks gRPC takes 4 MB, and does not load from a bundle. */
function googleByRest(): Plugin {
  return inPlaceOf(
    'google-gax',
    "module.exports = { ...require('google-gax/fallback'), loggingUtils: require('google-logging-utils') };",
  );
}

/** For our own code: what undici has of browsers (fetch, WebSocket, caches) and of tests takes 4 MB more. */
function clientOfUndici(): Plugin {
  const contents = `
    Object.assign(require('undici/lib/dispatcher/dispatcher.js').prototype, require('undici/lib/api'));
    exports.Agent = require('undici/lib/dispatcher/agent.js');
    exports.Client = require('undici/lib/dispatcher/client.js');
    exports.Pool = require('undici/lib/dispatcher/pool.js');
    exports.buildConnector = require('undici/lib/core/connect.js');`;
  return inPlaceOf('undici', contents, 'ours');
}

/**
 * Answers what went into which file. What did not change is not written and what is still used not removed: an operator
 * may be running from dist/.
 */
export async function build(): Promise<Metafile> {
  const { outputFiles, metafile } = await bundle({ ...options, write: false, metafile: true });
  await mkdir(options.outdir, { recursive: true });
  for (const { path, contents } of outputFiles) await writeIfChanged(path, contents);
  const current = new Set(outputFiles.map(({ path }) => basename(path)));
  const stale = (await readdir(options.outdir)).filter(name => isCode.test(name) && !current.has(name));
  for (const name of stale) await rm(`${options.outdir}/${name}`);
  return metafile;
}

/** Bundles the commands into a folder of their own: neither program has code of the other. */
export async function buildCommands(outdir: string): Promise<Metafile> {
  const entryPoints = [
    { in: `${root}/src/cli/main.ts`, out: 'shearline' },
    { in: `${root}/src/sandbox-worker.ts`, out: 'sandbox-worker' },
  ];
  const { metafile } = await bundle({ ...options, entryPoints, outdir, metafile: true });
  return metafile;
}

/** What the bench measured lies in the same folder, and stays. */
const isCode = /\.js(\.LEGAL\.txt)?$/;

async function writeIfChanged(path: string, contents: Uint8Array): Promise<void> {
  const there = await readFile(path).catch(() => undefined);
  if (there?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}

if (import.meta.main) await build();
