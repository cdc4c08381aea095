import dns from 'node:dns';
import { World } from './world';

let world: World;
beforeAll(async () => {
  world = await World.make();
});
afterAll(() => world.stop());
beforeEach(async () => {
  world.other.manner = 'well';
  world.surroundings = world.surroundingsWith({});
  await world.letConnectTo(['127.0.0.1', 'localhost']);
});
afterEach(() => jest.restoreAllMocks());

const port = () => new URL(world.other.url).port;
const production = { network: { demo: false, openNetworks: [] } };

/** Lets every name lead to these addresses, one list a look-up. */
function namesLeadTo(...answers: string[][]): jest.SpyInstance {
  let asked = 0;
  const answer = (
    _host: string,
    _options: object,
    callback: (error: null, addresses: { address: string; family: number }[]) => void,
  ): void => {
    const addresses = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return jest.spyOn(dns, 'lookup').mockImplementation(answer as never);
}

describe.each(['http.request', 'file.upload'])('%s', (connector) => {
  const input = (url: string) => (connector === 'http.request' ? { url } : { url, body: { a: 1 } });
  const failure = (url: string, dealership?: string) =>
    world.failure(connector, input(url), dealership === undefined ? {} : { dealership });

  it('[L26.1] asks hosts alone that the dealership lists', async () => {
    await world.letConnectTo(['api.example.com']);
    expect(await failure(`${world.other.url}/`)).toBe(
      `http.not-allowed: "tianhe" may not connect to "127.0.0.1:${port()}"; add "127.0.0.1" under "connections: hosts"`,
    );
    await world.letConnectTo([`127.0.0.1:${port()}`]);
    expect(await world.run(connector, input(`${world.other.url}/`))).toMatchObject({ status: 200 });
    await world.letConnectTo(['127.0.0.1:1']);
    expect(await failure(`${world.other.url}/`)).toMatch(/^http\.not-allowed: /u);
  });

  it('[L26.1] asks nobody for a dealership without a list; on a demo server this machine', async () => {
    await world.letConnectTo(undefined);
    expect(await world.run(connector, input(`${world.other.url}/`))).toMatchObject({ status: 200 });
    expect(await failure('http://api.example.com/')).toMatch(/^http\.not-allowed: "tianhe" may not connect to "api\.example\.com:80"/u);
    world.surroundings = world.surroundingsWith(production);
    expect(await failure(`${world.other.url}/`)).toMatch(/^http\.not-allowed: /u);
    expect(await failure(`${world.other.url}/`, 'panyu')).toMatch(/^http\.not-allowed: "panyu" may not/u);
  });

  it('[L26.1] asks no private address outside of demo mode, however it is written', async () => {
    const heard = world.other.heard.length;
    world.surroundings = world.surroundingsWith(production);
    await world.letConnectTo([
      'http://127.0.0.1',
      'http://[::1]',
      'http://10.0.0.1',
      'http://[::ffff:127.0.0.1]',
      'http://[::ffff:7f00:1]',
      'http://localhost',
    ]);
    for (const host of ['127.0.0.1', '127.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '10.0.0.1', 'localhost']) {
      expect(await failure(`http://${host}:${port()}/`)).toMatch(/^http\.not-allowed: ".*" (is|leads to) .*private address/u);
    }
    expect(world.other.heard.length).toBe(heard);
  });

  it('[L26.1] asks TLS of others than demo servers, unless the list says "http://"', async () => {
    world.surroundings = world.surroundingsWith({ network: { demo: false, openNetworks: ['127.0.0.0/8'] } });
    expect(await failure(`${world.other.url}/`)).toMatch(
      /^http\.not-allowed: http:\/\/127\.0\.0\.1:\d+ is asked without TLS; write "https:\/\/"/u,
    );
    await world.letConnectTo(['http://127.0.0.1']);
    expect(await world.run(connector, input(`${world.other.url}/`))).toMatchObject({ status: 200 });
  });

  it('[L26.1] connects to the address that was checked, whatever the name leads to next', async () => {
    world.surroundings = world.surroundingsWith(production);
    await world.letConnectTo(['http://rebind.example']);
    const lookup = namesLeadTo(['10.0.0.7']);
    const url = `http://rebind.example:${port()}/`;
    expect(await failure(url)).toBe(
      'http.not-allowed: "rebind.example" leads to "10.0.0.7", a private address; name a public one, or have NEIQIN_OPEN_NETWORKS open its network',
    );
    lookup.mockRestore();
    // one public and one private address: neither is tried
    const both = namesLeadTo(['198.51.99.1', '127.0.0.1']);
    expect(await failure(url)).toMatch(/^http\.not-allowed: "rebind\.example" leads to "127\.0\.0\.1"/u);
    expect(both).toHaveBeenCalledTimes(1);
    both.mockRestore();
    world.surroundings = world.surroundingsWith({ network: { demo: false, openNetworks: ['127.0.0.1'] } });
    const once = namesLeadTo(['127.0.0.1'], ['10.0.0.7']);
    expect(await world.run(connector, input(url))).toMatchObject({ status: 200 });
    expect(once).toHaveBeenCalledTimes(1);
  });

  it('[L26.1] takes no address with a user, none of another protocol, and headers that can be sent alone', async () => {
    expect(await failure(`http://a:b@127.0.0.1:${port()}/`)).toMatch(/^http\.not-allowed: the address is none of HTTP/u);
    expect(await failure('file:///etc/passwd')).toMatch(/^connector-input-invalid/u);
    const headers = { 'X-Order': 'a\r\nHost: evil' };
    expect(await world.failure(connector, { ...input(`${world.other.url}/`), headers })).toMatch(
      /^http\.not-allowed: the request cannot be sent/u,
    );
  });
});
