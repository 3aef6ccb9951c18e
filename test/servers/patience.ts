import { jest } from '@jest/globals';

/** Real servers on a busy machine take their time. A `testTimeout` of one Jest project only would have no effect. */
jest.setTimeout(60_000);
