import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Preloaded by an operator that is to run as it does in a pod: what Kubernetes would mount lies in a directory of the
 * bench. With a kubeconfig it would load client-node, which no operator in a cluster does, and be 13 MB larger.
 */
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';
const directory = process.env.BENCH_SERVICE_ACCOUNT ?? '';

const { readFile } = files;
files.readFile = (path, ...rest) =>
  readFile(typeof path === 'string' && path.startsWith(mounted) ? path.replace(mounted, directory) : path, ...rest);
syncBuiltinESMExports();
