/** What a filter is matched against: `name` by part of it, all else as a whole. */
export type Facts = Readonly<Record<string, string>>;

/**
 * The part of Google's filter language that this server knows: comparisons `field:value` and `field=value`, joined by
 * AND, the value plain or in double quotes. Undefined for anything else, which Google might take.
 */
export function parseFilter(filter: string): ((facts: Facts) => boolean) | undefined {
  if (filter.trim() === '') return () => true;
  const terms = filter.split(/\s+AND\s+/).map(parseTerm);
  return terms.every(term => term !== undefined) ? facts => terms.every(term => term(facts)) : undefined;
}

function parseTerm(text: string): ((facts: Facts) => boolean) | undefined {
  const [, field, , plain, quoted] =
    /^(name|state|labels\.[\p{L}\p{N}_-]+)([:=])(?:([\p{L}\p{N}_-]+)|"([^"]*)")$/u.exec(text.trim()) ?? [];
  const value = plain ?? quoted;
  if (field === undefined || value === undefined || /^(AND|OR|NOT)$/.test(plain ?? '')) return undefined;
  return field === 'name' ? facts => (facts.name ?? '').includes(value) : facts => facts[field] === value;
}
