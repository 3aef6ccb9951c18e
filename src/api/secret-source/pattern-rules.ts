import type { Rule } from '../../schema/rule.ts';
import { maxPatternSegments, type PatternFlaw, parsePattern, patternFlaws } from './key-pattern.ts';

/** What parsePattern says, for the CRD. */

// All rules together say what parsePattern says. They are several because one would be over the cost budget of the API
// server, and because each has its own words.
const segment = '([^{}/]|[{]namespace[}]|[{]labels[.][-A-Za-z0-9_./]{1,317}[}])+';
export const patternRules: readonly Rule<string>[] = [
  patternRule('segments', `self.matches('^${segment}(/${segment})*$')`),
  patternRule('depth', "!self.matches('[^/][*][*]|[*][*][^/]')"),
  patternRule('delimiter', "!self.matches('[{]namespace[}][-a-z0-9*{]|[{]labels[.][^{}]+[}][-_.A-Za-z0-9*{]')"),
  patternRule('position', "!self.matches('(?s)[*][^*/{}]*[{]|[*][*].*[{].*[*][*]')"),
  patternRule('long', `self.split('/').size() <= ${maxPatternSegments}`),
];

/** A namespace without the label would be denied nothing. */
export const noLabels: Rule<string> = {
  cel: "!self.contains('{labels')",
  message: 'must not depend on a label: a namespace that lacks it would be denied nothing; {namespace} can be used',
  holds: pattern => !pattern.includes('{labels'),
};

function patternRule(flaw: PatternFlaw, cel: string): Rule<string> {
  return { cel, message: patternFlaws[flaw], holds: pattern => flawOf(pattern) !== flaw };
}

function flawOf(pattern: string): PatternFlaw | undefined {
  const parsed = parsePattern(pattern);
  return parsed.ok ? undefined : parsed.fault;
}
