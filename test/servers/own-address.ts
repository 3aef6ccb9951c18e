import { networkInterfaces } from 'node:os';

/**
 * An address of this machine that is not loopback: to what listens there, a SecretSource goes by the rules that users have,
 * and no packet leaves the machine.
 */
export function ownAddress(interfaces = networkInterfaces()): string {
  const address = Object.values(interfaces)
    .flatMap((all = []) => all)
    .find(({ family, address }) => family === 'IPv4' && !/^(127|169\.254)\./.test(address));
  if (address !== undefined) return address.address;
  throw new Error(
    'this machine has no IPv4 address but loopback, to which no SecretSource may go: connect it to a network, or run `sudo ip address add 198.51.100.1/32 dev lo`',
  );
}
