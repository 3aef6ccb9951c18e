import { systemClock } from '../../src/core/clock.ts';
import { objectKey } from '../../src/core/object-key.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { chapters } from '../../src/template/functions/index.ts';
import { renderTemplate } from '../../src/template/task.ts';
import { exampleValues, input } from './render.ts';

/** Prints by how many MB the resident memory of this process grew with templates, and what became of those that want much. */
const entry = new URL(`file://${process.argv[2]}`);
const ten = '[0,1,2,3,4,5,6,7,8,9]';
const hundred = (expression: string): string => `$(size(${ten}.map(a, ${ten}.map(b, ${expression}))))`;

/** What was tried to make the worker large. */
const greedy: Readonly<Record<string, string>> = {
  bytes: hundred('bytes(big)'),
  'long texts': hundred('hex.encode(big)'),
  texts: hundred('"%s%d".format([big, a * 10 + b])'),
  'texts of two bytes a character': hundred('wide + string(a * 10 + b)'),
  lists: hundred(`${ten}.map(c, ${ten}.map(d, ${ten}.map(e, ${ten}))))`),
  'every character': '$(size(urlEncode(wide)) + size(properties(wide)) + size(reverse(wide)) + size(xml(wide)))',
  'a large document': '$(size(json.decode(document)))',
  'JSON of one text many times': '$(json.decode(document).map(each, big))',
};
/** A megabyte in all, as a Secret has it. */
const large = {
  ...exampleValues,
  big: 'x'.repeat(350_000),
  wide: '漢'.repeat(100_000),
  document: JSON.stringify(Array(9999).fill({ a: 'x'.repeat(24) })),
};

const sandbox = createSandbox({ entry, clock: systemClock, deadlineMs: 20_000 });
const asker = (name: string) => ({
  reference: objectKey('etl', name),
  where: name,
  signal: new AbortController().signal,
});

/** This thread's own garbage is not what is measured. */
function render(name: string, data: Readonly<Record<string, string>>, values = exampleValues) {
  globalThis.gc?.();
  return sandbox.run(renderTemplate, input(data, values), asker(name));
}

const resident = (): number => process.memoryUsage.rss() / 1024 ** 2;
globalThis.gc?.();
const before = resident();
let most = before;
const watch = setInterval(() => {
  most = Math.max(most, resident());
}, 2);

const examples = chapters.map(({ functions }) =>
  Object.fromEntries(functions.map(({ name, example: [text] }) => [name, text])),
);
for (let round = 0; round < 10; round++) for (const data of examples) await render('examples', data);
const ended: Record<string, string> = {};
for (const [name, template] of Object.entries(greedy)) {
  const made = await render(name, { k: template }, large);
  ended[name] = made.ok ? (made.value.ok ? 'made' : made.value.fault) : made.fault.message;
}
clearInterval(watch);
process.stdout.write(JSON.stringify({ growth: most - before, ended }));
