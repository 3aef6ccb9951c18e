import { expect, test } from '@jest/globals';
import { ownAddress } from './own-address.ts';

const ipv4 = (address: string) => ({
  address,
  internal: false,
  family: 'IPv4' as const,
  netmask: '255.255.255.0',
  mac: '02:00:00:00:00:00',
  cidr: `${address}/24`,
});

test('the first address that is neither loopback nor link-local is it', () => {
  const own = ownAddress({ lo: [ipv4('127.0.0.1')], usb0: [ipv4('169.254.7.7')], eth0: [ipv4('198.51.100.7')] });
  expect(own).toBe('198.51.100.7');
});

test('an address that was given to the loopback interface will do', () => {
  expect(ownAddress({ lo: [ipv4('127.0.0.1'), ipv4('198.51.100.1')] })).toBe('198.51.100.1');
});

test('a machine without one is told how to get one', () => {
  expect(() => ownAddress({ lo: [ipv4('127.0.0.1')] })).toThrow(/sudo ip address add 198\.51\.100\.1\/32 dev lo/);
});
