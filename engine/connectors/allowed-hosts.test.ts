import { hostOfUrl, hostRefused } from './allowed-hosts';

const refused = (hosts: string[], url: string, demo = false): string | undefined => {
  const host = hostOfUrl(url);
  return host === undefined ? 'no host' : (hostRefused(hosts, host, demo) ?? 'allowed');
};

describe('the list of hosts', () => {
  it.each([
    ['https://api.example.com', 'allowed'],
    ['https://API.Example.com/quotes?x=1', 'allowed'],
    ['https://api.example.com:8443/', 'allowed'],
    ['https://example.com', 'not-listed'],
    ['https://evil-api.example.com', 'not-listed'],
    ['https://api.example.com.evil.org', 'not-listed'],
    ['https://evil.org/api.example.com', 'not-listed'],
    ['https://evil.org#@api.example.com', 'not-listed'],
    ['https://a.bank.example/', 'allowed'],
    ['https://a.b.bank.example/', 'allowed'],
    ['https://bank.example/', 'not-listed'],
    ['https://evilbank.example/', 'not-listed'],
    ['https://one.example:8443', 'allowed'],
    ['https://one.example', 'not-listed'],
    ['http://api.example.com', 'not-secure'],
    ['http://plain.example', 'allowed'],
    ['https://plain.example', 'allowed'],
    ['https://[2001:db8::1]:9/', 'allowed'],
    ['https://api.example.com/{{ order }}', 'allowed'],
    ['https://{{ host }}/x', 'no host'],
    ['https://api.example.com{{ x }}', 'no host'],
    ['ftp://api.example.com', 'no host'],
  ])('[L26.1] %s is %s', (url, wanted) => {
    const hosts = ['Api.example.com', '*.bank.example', 'one.example:8443', 'http://plain.example', '[2001:db8::1]'];
    expect(refused(hosts, url)).toBe(wanted);
  });

  it('[L26.1] asks for TLS, but on a demo server', () => {
    expect([refused(['a.example'], 'http://a.example'), refused(['a.example'], 'http://a.example', true)]).toEqual([
      'not-secure',
      'allowed',
    ]);
  });
});
