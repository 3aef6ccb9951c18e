import { Environment } from '@marcbachmann/cel-js';
import { failed, flatMap, mapOk, ok, type Result } from '../core/result.ts';
import { functionFault, type PlacedFault, parseFault } from './cel-faults.ts';
import { Context } from './functions/context.ts';
import { Arguments } from './functions/functions.ts';
import { internalName, templateFunctions } from './functions/index.ts';
import { type Names, translate } from './translate.ts';
import { ExactNumber, type Value, withKeys } from './value.ts';

/** What an expression can see. */
export interface Scope {
  /** The names that it may use, and their values. */
  readonly variables: ReadonlyMap<string, Value>;
  readonly context: Context;
}

/** An expression that was read, to be computed as often as there are values. */
export type Prepared = (scope: Scope) => Result<unknown, PlacedFault>;

/** A fault says where in the expression, when it is known, and quotes no value and nothing of the library. */
export const evaluate = (expression: string, scope: Scope): Result<unknown, PlacedFault> =>
  flatMap(prepare(expression, scope.variables), compute => compute(scope));

/** `names` are those that it may use. */
export const prepare = (expression: string, names: Names): Result<Prepared, PlacedFault> =>
  mapOk(translated(expression, names), text => {
    // Of thousands of values, an expression uses some.
    const used = new Set(Array.from(text.matchAll(/\bv_(\w+)/g), ([, name = '']) => name));
    let compute: ReturnType<typeof evaluator.parse> | undefined;
    return ({ variables, context }) => {
      try {
        compute ??= evaluator.parse(text);
        const values = new Map<string, unknown>([['context', context]]);
        for (const name of used) values.set(`v_${name}`, variables.get(name));
        return ok<unknown>(compute(values));
      } catch (error) {
        const isNamed = (key: string): boolean =>
          variables.has(key) || [`"${key}"`, `'${key}'`].some(literal => expression.includes(literal));
        return failed({ message: withKeys(functionFault(error), isNamed) });
      }
    };
  });

function translated(expression: string, names: Names): Result<string, PlacedFault> {
  try {
    return ok(translate(reader.parse(expression).ast, names));
  } catch (error) {
    return failed(parseFault(error, expression));
  }
}

/** For what a tenant wrote. Its functions are those of the library; ours are put in their place by `translate`. */
const reader = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 2000, maxDepth: 32, maxListElements: 256, maxMapEntries: 256, maxCallArguments: 16 },
});

/** For what `translate` wrote. */
const evaluator = withOurFunctions(
  new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 20_000, maxListElements: 2000 },
  }),
);

function withOurFunctions(environment: Environment): Environment {
  environment.registerType('Context', Context).registerType('ExactNumber', ExactNumber);
  for (const each of templateFunctions) {
    const least = each.parameters.filter(name => !name.endsWith('?')).length;
    for (let count = least; count <= each.parameters.length; count++) {
      const signature = `${internalName(each.name)}(${['Context', ...Array(count).fill('dyn')].join(', ')}): dyn`;
      const call = (context: Context, ...values: readonly unknown[]): Value =>
        context.work.count(each.call(new Arguments(each, context.work.count(values)), context));
      environment.registerFunction(signature, call, { async: false });
    }
  }
  return environment;
}
