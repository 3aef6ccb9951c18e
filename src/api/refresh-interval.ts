import { z } from 'zod';
import { durationPattern, parseDuration } from '../core/duration.ts';
import { type Rule, withRules } from '../schema/rule.ts';

const minimumMs = 10_000;

const zeroOrTenSeconds: Rule<string> = {
  cel: `self != '' && self.matches('${durationPattern}') && (duration(self) == duration('0s') || duration(self) >= duration('10s'))`,
  message: 'must be a duration such as "1h", "90s" or "1h30m", at least "10s", or "0s" to never refresh by time',
  holds: text => {
    const ms = parseDuration(text);
    return ms === 0 || (ms !== undefined && ms >= minimumMs);
  },
};

/** Text in the object, milliseconds once parsed; 0 when time alone never causes a refresh. */
export const RefreshInterval = withRules(z.string().max(32), zeroOrTenSeconds).transform(
  text => parseDuration(text) ?? 0,
);
