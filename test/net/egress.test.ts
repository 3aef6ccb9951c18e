import { describe, expect, test } from '@jest/globals';
import type { Cidr, EgressRules } from '../../src/net/egress.ts';
import { closedBy, isSchemeAllowed, parseCidrs } from '../../src/net/egress.ts';

function cidrs(...texts: readonly string[]): readonly Cidr[] {
  const parsed = parseCidrs(texts);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.value;
}

const tenant: EgressRules = { namespaced: true, allowInsecure: false, allow: [], deny: [] };
const administrator: EgressRules = { ...tenant, namespaced: false };

describe('closed to everybody', () => {
  test.each([
    ['169.254.169.254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['169.254.0.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['::ffff:169.254.169.254', 'metadata'],
    ['::ffff:a9fe:a9fe', 'metadata'],
    ['64:ff9b::169.254.169.254', 'metadata'],
    ['2002:a9fe:a9fe::1', 'metadata'],
    ['::169.254.169.254', 'metadata'],
    ['::ffff:0:169.254.169.254', 'metadata'],
    // Local NAT64, by the length of the network's prefix: 48, 56, 64, 96.
    ['64:ff9b:1:a9fe:a9:fe00::', 'metadata'],
    ['64:ff9b:1:a9:fe:a9fe::', 'metadata'],
    ['64:ff9b:1:0:a9:fea9:fe00:0', 'metadata'],
    ['64:ff9b:1::169.254.169.254', 'metadata'],
    // Teredo: the client with its bits inverted, the server as it is.
    ['2001:0:808:808:0:0:5601:5601', 'metadata'],
    ['2001:0:a9fe:a9fe:0:0:f7f7:f7f7', 'metadata'],
    // ISATAP, of a private and of a global address, under any prefix.
    ['fd12::5efe:169.254.169.254', 'metadata'],
    ['2606:4700::200:5efe:169.254.169.254', 'metadata'],
    ['2002:a00:1::5efe:169.254.169.254', 'metadata'],
    ['2852039166', 'metadata'],
    ['0xa9fea9fe', 'metadata'],
    ['0251.0376.0251.0376', 'metadata'],
    ['0', 'unspecified'],
  ])('%s is a %s address', (address, name) => {
    expect(closedBy(tenant, address)).toBe(`${name} addresses are closed to namespaced sources`);
    expect(closedBy(administrator, address)).toBe(`${name} addresses are closed to sources`);
  });
});

describe('loopback is closed to namespaced sources only', () => {
  test.each([['127.0.0.1'], ['127.255.1.1'], ['::1'], ['::ffff:127.0.0.1'], ['2130706433'], ['0177.0.0.1'], ['127.1']])(
    '%s',
    address => {
      expect(closedBy(tenant, address)).toBe('loopback addresses are closed to namespaced sources');
      expect(closedBy(administrator, address)).toBeUndefined();
    },
  );
});

test.each([
  ['10.0.0.1'],
  ['192.168.1.1'],
  ['172.16.0.1'],
  ['100.64.0.1'],
  ['1.1.1.1'],
  ['fd12::1'],
  ['2606:4700::1111'],
  ['64:ff9b::10.0.0.1'],
  ['64:ff9b:1::10.0.0.1'],
  ['2001:0:808:808:0:0:f7f7:f7f7'],
  ['fd12::5efe:10.0.0.1'],
  ['fd12::1:5efe:169.254.169.254'],
])('%s is open, because stores live inside of clusters and outside', address =>
  expect(closedBy(tenant, address)).toBeUndefined(),
);

test('what cannot be understood is closed', () => {
  expect(closedBy(administrator, 'vault.example.com')).toBe('the address cannot be understood');
});

describe('flags', () => {
  test('deny closes to namespaced sources, in either spelling of the address', () => {
    const rules = { ...tenant, deny: cidrs('10.0.0.0/8') };
    expect(closedBy(rules, '10.1.2.3')).toMatch(/--deny-provider-cidrs/);
    expect(closedBy(rules, '::ffff:10.1.2.3')).toMatch(/--deny-provider-cidrs/);
    expect(closedBy({ ...rules, namespaced: false }, '10.1.2.3')).toBeUndefined();
    expect(closedBy(rules, '11.0.0.1')).toBeUndefined();
  });

  test('allow beats deny and every built-in rule', () => {
    const rules = { ...tenant, deny: cidrs('127.0.0.0/8'), allow: cidrs('127.0.0.1', '169.254.169.254/32', '::1/128') };
    for (const address of ['127.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1'])
      expect(closedBy(rules, address)).toBeUndefined();
    expect(closedBy(rules, '127.0.0.2')).toMatch(/loopback/);
  });

  test('an address that carries two is open only when neither is closed', () => {
    const rules = { ...tenant, allow: cidrs('10.0.0.0/8') };
    expect(closedBy(rules, '64:ff9b:1:a00:0:100:a9fe:a9fe')).toMatch(/metadata/);
    expect(closedBy({ ...rules, allow: cidrs('64:ff9b:1::/48') }, '64:ff9b:1::127.0.0.1')).toBeUndefined();
    expect(closedBy({ ...rules, allow: cidrs('127.0.0.0/8') }, '64:ff9b:1::127.0.0.1')).toBeUndefined();
  });

  test.each([['10.0.0.0/33'], ['10.0.0/8x'], ['vault'], [''], ['fd00::/129']])('%j is no CIDR', text => {
    expect(parseCidrs(['10.0.0.0/8', text])).toEqual({ ok: false, fault: text });
  });
});

describe("the operator's own identity", () => {
  const operator: EgressRules = { ...administrator, operatorIdentity: true };

  test.each(['169.254.169.254', '169.254.170.23', 'fd00:ec2::254'])('opens the metadata service %s', address => {
    expect(closedBy(operator, address)).toBeUndefined();
    expect(closedBy(administrator, address)).toContain('metadata');
  });

  test.each(['169.254.1.1', '0.0.0.0', '224.0.0.1', '64:ff9b::169.254.169.254'])('does not open %s', address => {
    expect(closedBy(operator, address)).toBeDefined();
  });

  test('speaks plain http to metadata services alone', () => {
    expect(isSchemeAllowed(operator, new URL('http://169.254.169.254/latest'))).toBe(true);
    expect(isSchemeAllowed(operator, new URL('http://10.0.0.1/'))).toBe(false);
    expect(isSchemeAllowed(operator, new URL('http://metadata.example.com/'))).toBe(false);
    expect(isSchemeAllowed(administrator, new URL('http://169.254.169.254/latest'))).toBe(false);
  });
});
