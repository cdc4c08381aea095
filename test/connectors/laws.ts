import { randomUUID } from 'node:crypto';
import Ajv from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { CONNECTORS } from '../../activities/connectors';
import type { Json, JsonObject } from '../../engine/json';
import type { ConnectorFixture } from './fixtures';
import type { MailManner } from './mail-server';
import type { Manner } from './other-system';
import { failureOf, type World } from './world';

const ajv = new Ajv({ strict: false });
addFormats(ajv);
ajv.addFormat('money', true);

/** How long a try may take that is to end by its time. */
const WITHIN_MS = 400;
/** How long after that the connector has to have given up. */
const GIVES_UP_MS = 1_500;
/** Bytes of a huge answer that may be on their way before it is broken off: buffers of both sides. */
const ON_THE_WAY = 16_777_216;

let number = 0;

/** The laws that every connector obeys, whatever it does: docs/how-to/add-a-connector.md. */
export function obeysTheLaws(fixture: ConnectorFixture, worldOf: () => World): void {
  const { connector, does } = fixture;
  const effects = async (): Promise<Json> => (fixture.effects === undefined ? worldOf().footprint() : fixture.effects(worldOf()));
  const prepare = (): Promise<JsonObject> => {
    number += 1;
    return fixture.prepare(worldOf(), number);
  };
  beforeEach(() => {
    worldOf().other.manner = 'well';
    worldOf().mail.manner = 'well';
  });

  it('[L26.2] twice is once: a repetition gives the first answer and does nothing more, also at the same time', async () => {
    const world = worldOf();
    const input = await prepare();
    const before = await effects();
    const key = randomUUID();
    const first = await world.run(connector, input, { key });
    const after = await effects();
    expect(after !== before).toBe(does !== 'nothing');
    const trace = await world.footprint();
    const again = await Promise.all([1, 2, 3].map(() => world.run(connector, input, { key })));
    expect(again).toEqual([first, first, first]);
    expect([await effects(), await world.footprint()]).toEqual([after, trace]);
  });

  it('[L26.2] all at once is once', async () => {
    const world = worldOf();
    const [input, other] = [await prepare(), await prepare()];
    const before = await effects();
    const key = randomUUID();
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => world.run(connector, input, { key })));
    expect(outcomes).toEqual(outcomes.map(() => outcomes[0]));
    if (fixture.effects !== undefined) expect(fixture.effects(world)).toBe(Number(before) + 1);
    const between = await effects();
    await world.run(connector, other, { key: randomUUID() });
    expect((await effects()) !== between).toBe(does !== 'nothing');
  });

  it('[L26.2] takes and gives what its signature says, and refuses anything else before it does something', async () => {
    const world = worldOf();
    const { output } = CONNECTORS.find(({ name }) => name === connector) ?? {};
    const input = await prepare();
    const given = await world.run(connector, input);
    expect({ given, problems: ajv.validate(output as JsonObject, given) ? [] : ajv.errors }).toEqual({ given, problems: [] });
    if (connector === 'system.noop') return;
    const before = await world.footprint();
    expect(await world.failure(connector, { ...input, surprise: 1 })).toMatch(/^connector-input-invalid: /u);
    expect(await world.failure(connector, {})).toMatch(/^connector-input-invalid: /u);
    expect(await world.footprint()).toBe(before);
  });

  it('[L26.2] canceled, it leaves nothing half: asked again it is done once', async () => {
    const world = worldOf();
    const input = await prepare();
    const before = fixture.effects?.(world) ?? 0;
    const key = randomUUID();
    const attempt = world.begin(connector, input, { key });
    attempt.cancel();
    await attempt.outcome;
    await world.run(connector, input, { key });
    const trace = await world.footprint();
    await world.run(connector, input, { key });
    expect(await world.footprint()).toBe(trace);
    if (fixture.effects !== undefined) expect(fixture.effects(world)).toBe(before + 1);
  });

  if (fixture.asks === 'http') obeysTheLawsOfHttp(fixture, worldOf, prepare);
  if (fixture.asks === 'smtp') obeysTheLawsOfMail(fixture, worldOf, prepare);
}

type Prepare = () => Promise<JsonObject>;

function obeysTheLawsOfHttp({ connector, effects }: ConnectorFixture, worldOf: () => World, prepare: Prepare): void {
  const failure = async (manner: Manner, withinMs?: number): Promise<string> => {
    worldOf().other.manner = manner;
    return worldOf().failure(connector, await prepare(), withinMs === undefined ? {} : { withinMs });
  };

  it('[L26.2] killed after the effect and before the answer, then again, is once', async () => {
    const world = worldOf();
    const input = await prepare();
    const before = effects?.(world) ?? 0;
    const key = randomUUID();
    world.other.manner = 'breaks-off-after-the-effect';
    expect(await world.failure(connector, input, { key })).toMatch(/^again http-no-answer: http:.* did not answer: /u);
    world.other.manner = 'well';
    await world.run(connector, input, { key });
    expect(effects?.(world)).toBe(before + 1);
  });

  it.each(['silent', 'drips'] as const)('[L26.2] gives up a system that is %s when the time is over', async (manner) => {
    const beganMs = Date.now();
    expect(await failure(manner, WITHIN_MS)).toMatch(/^again http-no-answer: .* did not answer in time$/u);
    expect(Date.now() - beganMs).toBeLessThan(WITHIN_MS + GIVES_UP_MS);
  });

  it('[L26.2] canceled while it waits it ends at once', async () => {
    worldOf().other.manner = 'silent';
    const attempt = worldOf().begin(connector, await prepare());
    await new Promise((resolve) => setTimeout(resolve, 150));
    const beganMs = Date.now();
    attempt.cancel();
    expect(failureOf(await attempt.outcome)).toMatch(/^CancelledFailure: /u);
    expect(Date.now() - beganMs).toBeLessThan(GIVES_UP_MS);
  });

  it.each([500, 502, 503, 408, 425, 429])('[L26.2] a status of %d is tried again', async (status) => {
    expect(await failure({ status })).toMatch(new RegExp(`^again http-status: http://127\\.0\\.0\\.1:\\d+/.* answered ${status}$`, 'u'));
  });

  it('[L26.2] waits as long as the other system asks for, within five minutes', async () => {
    const world = worldOf();
    const delays: (number | undefined)[] = [];
    for (const wait of ['7', '86400', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
      world.other.manner = { status: 503, headers: { 'retry-after': wait } };
      const outcome = await world.begin(connector, await prepare()).outcome;
      delays.push((outcome as Error & { nextRetryDelay?: number }).nextRetryDelay);
    }
    expect(delays).toEqual([7_000, 300_000, undefined]);
  });

  it.each([400, 401, 404, 409, 422])('[L26.2] a status of %d is an error of BPMN', async (status) => {
    expect(await failure({ status })).toMatch(new RegExp(`^http\\.${status}: .* answered ${status}$`, 'u'));
  });

  it('[L26.2] goes nowhere else', async () => {
    expect(await failure('elsewhere')).toMatch(/^http\.302: /u);
    expect(worldOf().other.heard.some(({ path }) => path === '/elsewhere')).toBe(false);
  });

  it('[L26.2] an answer that is no HTTP is tried again', async () => {
    expect(await failure('no-http')).toMatch(/^again http-no-answer: /u);
  });

  it('[L26.2] breaks off a huge answer', async () => {
    const before = worldOf().other.taken;
    expect(await failure('huge')).toMatch(/^http\.answer-invalid: .* more than 262144 bytes; ask for less$/u);
    expect(worldOf().other.taken - before).toBeLessThan(ON_THE_WAY);
  });
}

function obeysTheLawsOfMail({ connector, effects }: ConnectorFixture, worldOf: () => World, prepare: Prepare): void {
  const failure = async (manner: MailManner, withinMs?: number): Promise<string> => {
    worldOf().mail.manner = manner;
    return worldOf().failure(connector, await prepare(), withinMs === undefined ? {} : { withinMs });
  };

  it('[L26.2] killed after the effect and before the answer, then again, is one mail twice, told by its Message-ID', async () => {
    const world = worldOf();
    const input = await prepare();
    const before = { mails: world.mail.received.length, effects: effects?.(world) ?? 0 };
    const key = randomUUID();
    world.mail.manner = 'breaks-off-after-the-effect';
    expect(await world.failure(connector, input, { key })).toMatch(/^again mail-no-answer: /u);
    world.mail.manner = 'well';
    await world.run(connector, input, { key });
    await world.run(connector, input, { key });
    expect({ mails: world.mail.received.length, effects: effects?.(world) }).toEqual({
      mails: before.mails + 2,
      effects: before.effects + 1,
    });
  });

  it.each(['silent', 'drips'] as const)('[L26.2] gives up a mail server that is %s when the time is over', async (manner) => {
    const beganMs = Date.now();
    expect(await failure(manner, WITHIN_MS)).toMatch(/^again mail-no-answer: the mail server did not answer in time$/u);
    expect(Date.now() - beganMs).toBeLessThan(WITHIN_MS + GIVES_UP_MS);
  });

  it('[L26.2] canceled while it waits it ends at once', async () => {
    worldOf().mail.manner = 'silent';
    const attempt = worldOf().begin(connector, await prepare());
    await new Promise((resolve) => setTimeout(resolve, 150));
    const beganMs = Date.now();
    attempt.cancel();
    expect(failureOf(await attempt.outcome)).toMatch(/^CancelledFailure: /u);
    expect(Date.now() - beganMs).toBeLessThan(GIVES_UP_MS);
  });

  it('[L26.2] hangs up on a server that says too much', async () => {
    const before = worldOf().mail.flooded;
    expect(await failure('floods')).toMatch(/^again mail-no-answer: .* exceeds maximum allowed size$/u);
    expect(worldOf().mail.flooded - before).toBeLessThan(100 * ON_THE_WAY);
  });

  it.each([
    [{ recipient: 450 }, /^again mail-no-answer: .*450/u],
    [{ recipient: 550 }, /^mail\.refused: .*550/u],
    [{ mail: 452 }, /^again mail-no-answer: .*452/u],
    [{ mail: 554 }, /^mail\.refused: .*554/u],
  ])('[L26.2] %j is tried again, or an error of BPMN', async (manner, wanted) => {
    expect(await failure(manner)).toMatch(wanted);
  });
}
