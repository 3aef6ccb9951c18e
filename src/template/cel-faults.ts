import { EvaluationError, ParseError } from '@marcbachmann/cel-js';
import { quoted } from '../core/quoted.ts';
import { PlacedRefusal } from './translate.ts';
import { Refusal } from './value.ts';

/** What is wrong with an expression, and where in it when that is known. */
export interface PlacedFault {
  readonly message: string;
  readonly at?: number;
}

/** CEL's library quotes what it computes with. So its codes are used, and none of its words. */
export function parseFault(error: unknown, expression: string): PlacedFault {
  if (error instanceof PlacedRefusal) return { message: error.message, at: error.at };
  if (error instanceof RangeError) return { message: tooLarge };
  if (!(error instanceof ParseError)) throw error;
  const { start = 0, end = start } = error.range ?? {};
  if (error.code === 'limit_exceeded') return { message: tooLarge, at: start };
  const word = quoted(expression.slice(start, end));
  if (error.code === 'reserved_identifier')
    return { message: `${word} is a word of CEL's own: write data[${word}]`, at: start };
  return { message: syntaxFaults[error.code] ?? 'this is no CEL expression', at: start };
}

/** Why a computation ended. */
export function functionFault(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof RangeError) return tooLarge;
  if (!(error instanceof EvaluationError)) throw error;
  if (error.code === 'no_such_key' && error.node?.op === '.') return `there is no ${quoted(error.node.args[1])} in it`;
  return faults[error.code] ?? 'it cannot be computed with these values';
}

const tooLarge = 'the expression is too large, or nested too deeply';

const syntaxFaults: Readonly<Record<string, string>> = {
  unterminated_string: 'a string has no end',
  unterminated_triple_quoted_string: 'a string has no end',
  newline_in_string: 'a string has no end in its line: for several lines use """',
  invalid_escape_sequence: 'a string has an unknown escape: for a backslash write \\\\',
  invalid_macro_argument: 'has() takes a field, such as has(data.port), and a comprehension the name of a variable',
};

const conversion = 'a text is not of the form that the conversion needs';
const kinds = 'an operator or a function does not take values of these kinds: string(x), int(x) and double(x) convert';

const faults: Readonly<Record<string, string>> = {
  no_such_key: 'there is no such key',
  index_out_of_bounds: 'an index is beyond the end of its list',
  index_out_of_range: 'a position is beyond the end of its text',
  no_such_overload: kinds,
  no_matching_overload: kinds,
  invalid_condition_type: 'a condition is neither true nor false',
  invalid_logical_operand: 'a condition is neither true nor false',
  invalid_index_type: 'the index of a list is no whole number',
  invalid_comprehension_range: 'all, exists, map and filter need a list or a map',
  division_by_zero: 'a division by zero',
  modulo_by_zero: 'a division by zero',
  numeric_overflow: 'a number is too large',
  bool_conversion_error: conversion,
};
