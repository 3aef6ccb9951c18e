import { afterEach, expect } from '@jest/globals';

/**
 * A test that ends without a single assertion promises what it does not check: its loop had nothing to go through, or it
 * returned early. Looked at before the file's own afterEach, whose assertions are not the test's.
 */
afterEach(() => {
  const { assertionCalls, currentTestName } = expect.getState();
  if (assertionCalls === 0)
    throw new Error(
      `"${currentTestName}" asserted nothing: it must check what its name promises (if it failed above, that is why)`,
    );
});
