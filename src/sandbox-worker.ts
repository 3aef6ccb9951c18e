import { matchNames } from './sandbox/match-names.ts';
import { serveTask } from './sandbox/serve.ts';
import { renderTemplate, replaceInKeys, rewriteKeys } from './template/task.ts';

/** What the worker of the sandbox runs: every task that it can be asked for. */
serveTask(matchNames);
serveTask(renderTemplate);
serveTask(rewriteKeys);
serveTask(replaceInKeys);
