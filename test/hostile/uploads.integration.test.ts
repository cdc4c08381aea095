import { gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { createCompiler } from '../../server/compiler/compiler';
import { listen } from '../../server/http-server';
import { createTestApi, type TestApi } from '../api/support';
import { freePorts } from '../setup/free-ports';
import { hostileFiles, sourceOf } from './files';

const UPLOADS = 1_000;
const AT_ONCE = 8;
/** What somebody at a screen calls quick, on a machine that is busy with tests. */
const QUICK_MS = 1_500;

const compiler = createCompiler({ ms: 4_000 });
let api: TestApi;
let server: { stop(): Promise<void> };
let url: string;
beforeAll(async () => {
  api = await createTestApi({ validateResponses: false }, { compiler });
  const [port] = (await freePorts(1)) as [number];
  server = await listen(api.app, { host: '127.0.0.1', port });
  url = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await server.stop();
  compiler.close();
  await api.drop();
});

interface Upload {
  type: string;
  body: string | Uint8Array;
  encoding?: string;
}

const json = (value: unknown): Upload => ({ type: 'application/json', body: JSON.stringify(value) });
const zip = (body: Uint8Array): Upload => ({ type: 'application/zip', body });

/** Archives and bodies that are hostile by themselves. */
const bodies: Upload[] = [
  json({ files: [] }),
  json({ files: [{ path: '../../x.yaml', text: 'process: x' }] }),
  json({ files: Array.from({ length: 3_000 }, (_, n) => ({ path: `${n}.yaml`, text: 'process: x' })) }),
  { type: 'application/json', body: `{"files":${'['.repeat(50_000)}` },
  { type: 'application/json', body: '{"__proto__":{"files":1}}' },
  { type: 'application/json', body: 'process: x' },
  {
    type: 'application/json',
    body: gzipSync(JSON.stringify({ files: [{ path: 'a.yaml', text: 'a'.repeat(60_000_000) }] })),
    encoding: 'gzip',
  },
  { type: 'application/x-yaml', body: 'process: x' },
  zip(new Uint8Array(0)),
  zip(new Uint8Array(100_000)),
  zip(zipSync({ 'a.yaml': new Uint8Array(30_000_000) })),
  zip(zipSync({ '../a.yaml': strToU8('process: x'), '/b.yaml': strToU8('process: x') })),
  zip(zipSync(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`${n}/a.yaml`, strToU8('x')])))),
  zip(zipSync({ 'a.zip': zipSync({ 'b.zip': zipSync({ 'c.yaml': new Uint8Array(1_000_000) }) }) })),
  zip(zipSync({ 'a.yaml': strToU8('process: x') }).subarray(0, 60)),
];

/** The files that are quick to refuse come often, those that end the compiler's process a few times. */
const heavy = new Set<string>();
const uploads: Upload[] = [];

async function send({ type, body, encoding }: Upload, token: string): Promise<number> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, 'content-type': type };
  if (encoding !== undefined) headers['content-encoding'] = encoding;
  const answer = await fetch(`${url}/v1/deployments`, { method: 'POST', headers, body: body as never });
  await answer.arrayBuffer();
  return answer.status;
}

const tokenOf = async (username: string): Promise<string> => {
  const body = JSON.stringify({ username, password: 'neiqin' });
  const answer = await fetch(`${url}/v1/sessions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return ((await answer.json()) as { token: string }).token;
};

it(`stays alive and quick while ${UPLOADS} hostile uploads come, and afterwards`, async () => {
  const [admin, clerk] = [await tokenOf('admin@tianhe'), await tokenOf('clerk@tianhe')];
  for (const file of hostileFiles) {
    const begun = performance.now();
    expect([file.name, await send(json({ files: [sourceOf(file)] }), admin)]).toEqual([file.name, 422]);
    if (performance.now() - begun > 150) heavy.add(file.name);
  }
  const quick = hostileFiles.filter(({ name }) => !heavy.has(name));
  expect(quick.length).toBeGreaterThan(40);
  while (uploads.length < UPLOADS - hostileFiles.length) {
    const round = uploads.length;
    uploads.push(...bodies, ...quick.map((file) => json({ files: [sourceOf(file)] })));
    uploads.push(json({ files: quick.slice(round % 20, (round % 20) + 5).map(sourceOf) }));
  }
  const statuses = new Map<number, number>();
  const queue = uploads.slice(0, UPLOADS - hostileFiles.length).entries();
  let under = true;
  const normal: number[] = [];
  const watching = (async () => {
    while (under) {
      const begun = performance.now();
      const answer = await fetch(`${url}/v1/user-tasks`, { headers: { authorization: `Bearer ${clerk}` } });
      await answer.arrayBuffer();
      expect(answer.status).toBe(200);
      normal.push(performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [, upload] of queue) {
        const status = await send(upload, admin);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }),
  );
  under = false;
  await watching;
  expect([...statuses.keys()].filter((status) => ![400, 413, 415, 422].includes(status))).toEqual([]);
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0) + hostileFiles.length).toBe(UPLOADS);
  normal.sort((a, b) => a - b);
  expect(normal.length).toBeGreaterThan(10);
  expect(normal[Math.floor(normal.length * 0.95)]).toBeLessThan(QUICK_MS);
  expect(await api.system('select 1 from deployment')).toEqual([]);
  const { status, body } = await (await api.as('salesman@tianhe')).get('/v1/process-definitions');
  expect([status, body.items.length]).toEqual([200, 2]);
}, 300_000);
