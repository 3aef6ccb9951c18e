import * as z from 'zod';
import type { Rule } from '../schema/rule.ts';

/** What labels and annotations of a Secret may be, as Kubernetes takes them. */

const qualifiedName =
  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
const reservedPrefix = '^(.*[.])?(shearline[.]dev|kubernetes[.]io|k8s[.]io)/';
const recommendedPrefix = 'app.kubernetes.io/';

export const validKeys: Rule<Readonly<Record<string, string>>> = {
  cel: `self.all(k, size(k) <= 317 && k.matches('${qualifiedName}'))`,
  message: 'each key must be a name of letters, digits, "-", "_" and ".", with an optional prefix such as example.com/',
  holds: map => Object.keys(map).every(key => key.length <= 317 && new RegExp(qualifiedName).test(key)),
};

export const noReservedKeys: Rule<Readonly<Record<string, string>>> = {
  cel: `self.all(k, k.startsWith('${recommendedPrefix}') || !k.matches('${reservedPrefix}'))`,
  message: `keys under shearline.dev/, kubernetes.io/ and k8s.io/ are reserved: use another prefix (${recommendedPrefix} is allowed)`,
  holds: map =>
    Object.keys(map).every(key => key.startsWith(recommendedPrefix) || !new RegExp(reservedPrefix).test(key)),
};

const labelValuePattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
export const isLabelValue = (text: string): boolean => text.length <= 63 && labelValuePattern.test(text);
export const labelValue = z.string().max(63).regex(labelValuePattern, {
  error: 'must be a label value: letters, digits, "-", "_" and ".", at most 63',
});
