import { type Launch, type ServerProcess, startProcess } from '../../servers/process.ts';
import { cradle } from './cgroups.ts';
import { onNode, state } from './place.ts';

/** Starts a server in the network of the node, and in a cgroup that its children cannot leave unseen. */
export async function startOnNode(launch: Omit<Launch, 'directory'>): Promise<ServerProcess> {
  const [command = '', ...enter] = onNode(launch.command, ...launch.args);
  const intoCradle = 'echo $$ > "$0" && exec "$@"';
  return startProcess({
    ...launch,
    directory: state,
    command: 'sh',
    args: ['-c', intoCradle, `${cradle}/cgroup.procs`, command, ...enter],
  });
}
