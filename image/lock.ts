import { renewLock } from './debs.ts';

await renewLock();
