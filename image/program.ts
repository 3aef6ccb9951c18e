import { version } from '../src/version.ts';

/** How the image runs the operator. The Dockerfile says the same, and a test compares them. */

/** Of nobody: no shell, no home, no other user in the image. */
export const user = '65532:65532';
export const nodePath = '/usr/bin/node';
export const mainPath = '/app/main.js';
export const docPath = '/usr/share/doc/shearline';
export const sbomPath = `${docPath}/sbom.spdx.json`;

/** What an attacker who can run a little JavaScript would reach for, and what nothing of ours uses. */
export const hardening = [
  '--disable-sigusr1',
  '--disable-proto=delete',
  '--disallow-code-generation-from-strings',
] as const;

/**
 * The heap ends before the container's memory does, so that Node says what happened instead of being killed: measured in
 * README.md. Young garbage is collected in 12 MB instead of 48, when these are full and not a fifth before; all of it when
 * it has grown to 40 MB for the first time (not 22), and at rest (src/operator/idle-gc.ts).
 */
export const memory = [
  '--max-old-space-size-percentage=65',
  '--max-semi-space-size=4',
  '--no-minor-gc-task',
  '--initial-old-space-size=40',
  '--expose-gc',
] as const;

/**
 * Threads share the allocator's memory, and what is larger than 32 KiB (a TLS connection has a buffer of 64, most of it
 * never touched) goes back to the system: 100 MB less together with the flags above.
 */
export const allocator = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '32768' } as const;

/** `config` of the image, in the words of the OCI specification. */
export const program = {
  User: user,
  ExposedPorts: { '8080/tcp': {}, '8081/tcp': {} },
  Env: ['PATH=/usr/bin', ...Object.entries(allocator).map(([name, value]) => `${name}=${value}`)],
  Entrypoint: [nodePath, ...hardening, ...memory, mainPath],
  Cmd: ['controller'],
  WorkingDir: '/',
  Labels: {
    'org.opencontainers.image.title': 'shearline',
    'org.opencontainers.image.description':
      'A Kubernetes operator that keeps Secrets in step with the store where they really live',
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': 'Apache-2.0',
  },
} as const;
