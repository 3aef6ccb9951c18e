import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { reasons } from '../../src/api/reasons.ts';
import { referenceDocs } from '../../src/cli/generated/reference.ts';
import * as faults from '../../src/core/fault.ts';

const root = new URL('../../src/', import.meta.url);
const code = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts') && !['api/reasons.ts', 'core/fault.ts'].includes(file))
  .map(file => readFileSync(new URL(file, root), 'utf8'))
  .join('\n');

/** Those that give one reason alone: `accessDenied` is called for `AccessDenied`. */
const { invalidSpec, conflict, unusable, tooLarge, authFailed, accessDenied, writeRefused, throttled } = faults;
const { tooManyChanges, unavailable, kubernetesUnavailable, targetImmutable, adoptionMatches, adoptionDiffers } =
  faults;
const makers = Object.entries({
  ...{ invalidSpec, conflict, unusable, tooLarge, authFailed, accessDenied, writeRefused, throttled },
  ...{ tooManyChanges, unavailable, kubernetesUnavailable, targetImmutable, adoptionMatches, adoptionDiffers },
}).map(([name, make]) => [name, make('').reason] as const);

/** Whether a line of the code makes a condition or a fault with it; one that only compares with it does not count. */
function isGiven(reason: string): boolean {
  const inWords = new RegExp(`\\b(invalid|absent|failed|failure)\\(\\s*'${reason}'|reason(: | = )'${reason}'`);
  return inWords.test(code) || makers.some(([name, of]) => of === reason && new RegExp(`\\b${name}\\(`).test(code));
}

test.each(Object.keys(reasons))('%s is documented, and the code gives it', reason => {
  expect(isGiven(reason)).toBe(true);
});

test('one that nothing gives would be found', () => {
  expect(makers.length).toBeGreaterThan(5);
  for (const reason of ['TemplateFailed', 'InternalError', 'Untouched']) expect(isGiven(reason)).toBe(false);
});

describe('the reference docs have every annotation, label and finalizer of the code', () => {
  const documented = new Set([...referenceDocs().matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name));
  const ours = [...code.matchAll(/['`](shearline\.dev\/[a-z-]+)[`'$]/g)].map(([, name = '']) =>
    name.replace(/pinned-$/, 'pinned-NAME').replace(/-$/, '-UID'),
  );
  const ofOthers = [...code.matchAll(/Annotation = '([^']+)'/g)].map(([, name = '']) => name);
  const inEvents = 'shearline.dev/operator';

  test.each([...new Set([...ours, ...ofOthers])].filter(name => name !== inEvents))('%s', name => {
    expect([name, documented.has(name)]).toEqual([name, true]);
  });

  test('of ours and of others', () => {
    expect(new Set(ours).size).toBeGreaterThan(8);
    expect(new Set(ofOthers).size).toBeGreaterThan(4);
  });
});
