import { serveTask } from '../../src/sandbox/serve.ts';
import { crash, echo, exit, hog, spin, starve, surroundings, thread, unloadable } from './tasks.ts';

serveTask(crash);
serveTask(echo);
serveTask(exit);
serveTask(hog);
serveTask(spin);
serveTask(starve);
serveTask(surroundings);
serveTask(thread);
serveTask(unloadable);
