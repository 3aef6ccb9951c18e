import { Option } from 'commander';
import type { ObjectKey } from '../../core/object-key.ts';
import { type AddVerb, exitCodes, type Io } from '../io.ts';
import { addFileOptions, type FileOptions, renderFiles } from './load.ts';
import { printSecrets, type Show } from './print.ts';
import type { Rendered } from './rendered.ts';

type Options = Show & FileOptions;

/** `shearline render`: what the operator would write, without a cluster. */
export const addRender: AddVerb = (program, io, exit) => {
  const command = program
    .command('render')
    .description('show the Secrets that the operator would make of SecretReferences in files');
  addFileOptions(command)
    .option('--reveal', 'print the values, not only their sizes', false)
    .addOption(new Option('-o, --output <format>', 'of the Secrets').choices(['yaml', 'json']).default('yaml'))
    .addHelpText('after', help)
    .action(async (options: Options) => exit(await run(options, io)));
};

const help = `
Sources, Secrets, ConfigMaps and Namespaces of the files take the place of a cluster. A source of Vault is entered as
you, if VAULT_ADDR and VAULT_TOKEN (or vault login) say how. Secrets go to stdout, what happened to stderr.
Ends with 1 when a reference failed.`;

async function run(options: Options, io: Io): Promise<number> {
  const rendered = await renderFiles(options, io);
  if (!rendered.ok) {
    io.stderr(`${rendered.fault}\n`);
    return exitCodes.usage;
  }
  const all = [...rendered.value];
  for (const [key, each] of all) io.stderr(`${describe(key, each)}\n`);
  io.stdout(
    printSecrets(
      all.flatMap(([, each]) => (each.kind === 'secrets' ? each.secrets : [])),
      options,
    ),
  );
  return all.some(([, { kind }]) => kind === 'failed') ? exitCodes.findings : exitCodes.ok;
}

/** One line a reference: `etl/warehouse: 3 keys from SecretSource vault`. */
export function describe(key: ObjectKey, rendered: Rendered): string {
  switch (rendered.kind) {
    case 'secrets': {
      const keys = rendered.secrets.reduce((sum, { data }) => sum + data.size, 0);
      return `${key}: ${keys} key${keys === 1 ? '' : 's'} from ${rendered.sources}${rendered.note}`;
    }
    case 'none':
      return `${key}: no Secret: ${rendered.why}`;
    case 'failed':
      return `${key}: ${rendered.fault.reason}: ${rendered.fault.message}`;
    default:
      return rendered satisfies never;
  }
}
