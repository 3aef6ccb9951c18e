import { type Expression, expressionsOfSource, nameOf } from './expressions.ts';
import { longest, longestInObjects, onlyInObjects, overflows } from './overflow.ts';

/** Prints the expressions of src/ for which some text is too long. In a worker of Jest, others have used the stack before. */
const isTooMuchFor = (each: Expression): boolean =>
  overflows(each.regexp, onlyInObjects.includes(nameOf(each)) ? longestInObjects : longest);
process.stdout.write(JSON.stringify(expressionsOfSource().filter(isTooMuchFor).map(nameOf)));
