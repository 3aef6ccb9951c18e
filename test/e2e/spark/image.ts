import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { digestOf, type Layer } from '../../../image/layer.ts';
import { installParts } from '../../servers/install.ts';
import { podParts } from '../../servers/parts.ts';
import type { Recipe } from '../lab/images.ts';

/** Spark as its own images have it, with our job; PostgreSQL is in it too, for a pod of its own. */
export const sparkImage = {
  name: 'spark',
  config: {
    Env: [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/spark/bin',
      'JAVA_HOME=/usr/lib/jvm/default-java',
      'SPARK_HOME=/opt/spark',
      // Jobs of half a minute: what a better compiler gains, it costs.
      'JAVA_TOOL_OPTIONS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
    ],
    Entrypoint: ['/opt/entrypoint.sh'],
    User: '185',
    WorkingDir: '/tmp',
  },
  below: async () => [await debianWithSpark()],
  fill: async folder => {
    await mkdir(`${folder}/opt/app`, { recursive: true });
    for (const [file, place] of [
      ['entrypoint.sh', 'opt/entrypoint.sh'],
      ['job.py', 'opt/app/job.py'],
      ['pinned.py', 'opt/app/pinned.py'],
    ])
      await copyFile(`${import.meta.dirname}/${file}`, `${folder}/${place}`);
  },
} as const satisfies Recipe;

async function debianWithSpark(): Promise<Layer> {
  const { spark } = await installParts([podParts.spark]);
  const file = `${spark}/layer.tar.gz`;
  const diffId = (await readFile(`${spark}/diff-id`, 'utf8')).trim();
  return { file, diffId, digest: await digestOf(file), size: (await stat(file)).size };
}
