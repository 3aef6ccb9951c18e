import { pinnedTo } from '../../api/annotations.ts';
import { failed, ok, type Result } from '../../core/result.ts';

/** What a launcher wants to hand to driver and executors. */
export interface Wanted {
  /** `VARIABLE=KEY`, or a KEY that is the name of the variable too. */
  readonly env: readonly string[];
  /** A directory. */
  readonly mount: string | undefined;
}

/** The immutable Secret of one revision, and the Secret that changes beside it. */
export interface Pinned {
  readonly name: string;
  readonly of: string;
}

type Property = readonly [name: string, value: string];

/** Properties for Spark on Kubernetes. The label is what the admission policy would set: `shearline who` reads it. */
export function sparkConf({ name, of }: Pinned, { env, mount }: Wanted): Result<readonly Property[], string> {
  if (mount !== undefined && !/^(\/[\w.-]+)+$/.test(mount))
    return failed(`--mount has to be a directory such as /etc/${of}, without spaces: "${mount}" is none`);
  const wrong = env.find(each => !/^([A-Za-z_][\w.-]*=)?[\w.-]+$/.test(each));
  if (wrong !== undefined) return failed(`--env has to be KEY or VARIABLE=KEY: "${wrong}" is neither`);
  const variables = env.map(each => {
    const [variable = '', key = variable] = each.split('=');
    return [`secretKeyRef.${variable}`, `${name}:${key}`] as const;
  });
  const mounts = mount === undefined ? [] : ([[`secrets.${name}`, mount]] as const);
  const all = [...variables, ...mounts, [`label.${pinnedTo(of)}`, name] as const];
  return ok(
    ['driver', 'executor'].flatMap(who =>
      all.map(([what, value]) => [`spark.kubernetes.${who}.${what}`, value] as const),
    ),
  );
}

/** `args`: for the command line of spark-submit, one line each, no character that a shell would read as something else. */
export const textOfConf = (properties: readonly Property[], output: 'properties' | 'args'): string =>
  properties.map(([name, value]) => (output === 'args' ? `--conf ${name}=${value}\n` : `${name} ${value}\n`)).join('');
