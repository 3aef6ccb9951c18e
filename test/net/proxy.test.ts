import { describe, expect, test } from '@jest/globals';
import { isProxied, parseProxy } from '../../src/net/proxy.ts';

function proxyWith(noProxy: string, address = 'http://proxy:3128') {
  const proxy = parseProxy(address, noProxy);
  if (!proxy.ok || proxy.value === undefined) throw new Error('no proxy');
  return proxy.value;
}

describe('HTTPS_PROXY', () => {
  test.each([
    ['http://proxy:3128', 'http://proxy:3128'],
    ['proxy:3128', 'http://proxy:3128'],
    ['https://proxy.example.com/', 'https://proxy.example.com'],
  ])('%s is %s', (address, origin) => {
    expect(proxyWith('', address)).toMatchObject({ origin });
  });

  test('a login becomes a header that is never printed', () => {
    const proxy = proxyWith('', 'http://user:p%40ss@proxy:3128');
    expect(proxy.authorization?.revealText()).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(JSON.stringify(proxy)).not.toMatch(/p@ss|p%40ss|dXNlcj/);
  });

  test('none is no proxy', () => {
    expect(parseProxy('', '*')).toEqual({ ok: true, value: undefined });
  });

  test.each([['socks5://proxy:1080'], ['http://:80'], ['http://user:%zz@proxy'], ['http://a b'], ['ftp://proxy']])(
    '%s is refused, and is not quoted',
    address => {
      const result = parseProxy(address, '');
      expect(result).toMatchObject({ ok: false, fault: expect.stringContaining('http://HOST:PORT') });
      expect(JSON.stringify(result)).not.toContain(address);
    },
  );
});

describe('NO_PROXY', () => {
  test.each<[string, string, boolean]>([
    ['', 'https://vault.example.com', true],
    ['*', 'https://vault.example.com', false],
    ['example.com', 'https://example.com', false],
    ['example.com', 'https://vault.example.com', false],
    ['example.com', 'https://example.com.evil.net', true],
    ['example.com', 'https://notexample.com', true],
    ['.example.com', 'https://vault.example.com', false],
    ['.example.com', 'https://example.com', true],
    ['*.example.com', 'https://vault.example.com', false],
    ['Vault.Example.COM', 'https://vault.example.com.', false],
    ['a.net, example.com', 'https://vault.example.com', false],
    ['vault.example.com:8200', 'https://vault.example.com:8200', false],
    ['vault.example.com:8200', 'https://vault.example.com', true],
    ['vault.example.com:443', 'https://vault.example.com', false],
    ['10.0.0.0/8', 'https://10.1.2.3', false],
    ['10.0.0.0/8', 'https://11.1.2.3', true],
    ['10.0.0.0/8', 'https://ten.example.com', true],
    ['10.1.2.3', 'https://10.1.2.3:8200', false],
    ['10.1.2.3:8200', 'https://10.1.2.3', true],
    ['fd00::/8', 'https://[fd00::1]', false],
    ['fd00::1', 'https://[fd00:0::1]', false],
    ['[fd00::1]:8200', 'https://[fd00::1]:8200', false],
    ['[fd00::1]:8200', 'https://[fd00::1]', true],
    ['', 'https://localhost:8200', false],
    ['', 'https://127.0.0.1:8200', false],
    ['', 'https://[::1]:8200', false],
  ])('%j, asked for %s: through the proxy is %s', (noProxy, url, expected) => {
    expect(isProxied(proxyWith(noProxy), new URL(url))).toBe(expected);
  });
});
