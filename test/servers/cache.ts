import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const cacheDirectory = () => `${process.env.XDG_CACHE_HOME || `${homedir()}/.cache`}/shearline`;

/**
 * Makes a directory whole or not at all: it is built beside its place and renamed into it.
 * The lock only spares a second run the work; should two runs ever build at once, the first rename wins and both are right.
 */
export async function buildOnce(
  target: string,
  build: (into: string) => Promise<void>,
  waiting: () => void,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const release = await takeLock(`${target}.lock`, waiting, () => existsSync(target));
  if (!release) return;
  const into = `${target}.building-${process.pid}`;
  try {
    await mkdir(into);
    await build(into);
    await rename(into, target).catch(unlessThere(target));
  } finally {
    await rm(into, { recursive: true, force: true });
    await release();
  }
}

const unlessThere = (path: string) => (problem: unknown) => {
  if (!existsSync(path)) throw problem;
};

const touchEveryMs = 2_000;
const staleAfterMs = 15_000;

/** A directory, because making one is atomic everywhere. Its holder touches it; one untouched for long has lost its holder. */
async function takeLock(
  lock: string,
  waiting: () => void,
  done: () => boolean,
): Promise<(() => Promise<void>) | undefined> {
  for (let attempt = 0; !done(); attempt++) {
    if (await mkdir(lock).then(() => true, onlyIfThere)) return hold(lock);
    if (attempt === 0) waiting();
    if (await isStale(lock)) await rm(lock, { recursive: true, force: true });
    else await sleep(500);
  }
  return undefined;
}

function hold(lock: string): () => Promise<void> {
  const touch = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => clearInterval(touch));
  }, touchEveryMs);
  touch.unref();
  return async () => {
    clearInterval(touch);
    await rm(lock, { recursive: true, force: true });
  };
}

/** Not `instanceof Error`: in Jest the errors of Node are of another realm. */
const isNode = (problem: unknown, code: string) =>
  typeof problem === 'object' && problem !== null && 'code' in problem && problem.code === code;

function onlyIfThere(problem: unknown): false {
  if (isNode(problem, 'EEXIST')) return false;
  throw problem;
}

async function isStale(lock: string): Promise<boolean> {
  const seen = await stat(lock).catch((problem: unknown) => {
    if (isNode(problem, 'ENOENT')) return undefined; // released just now
    throw problem;
  });
  return seen !== undefined && Date.now() - seen.mtimeMs > staleAfterMs;
}
