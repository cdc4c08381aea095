import { randomUUID } from 'node:crypto';
import { ApplicationFailure, type Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { connectorActivities } from '../../activities/connector-activities';
import { CONNECTORS } from '../../activities/connectors';
import type { Surroundings } from '../../activities/surroundings';
import { publishDealership } from '../../db/definition-repository';
import { putDocument } from '../../db/document-repository';
import { compileDefinitions } from '../../engine/compile/compile';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { Json, JsonObject } from '../../engine/json';
import { formatFinding } from '../../engine/language/finding';
import { createTestDatabase, type TestDatabase } from '../db/support';
import { ports } from '../language/definition-files';
import { testSurroundings } from '../setup/surroundings';
import { MailServer } from './mail-server';
import { OtherSystem } from './other-system';

/** Which attempt of which step runs. */
export interface AttemptOf {
  key?: string;
  /** What one try may take. */
  withinMs?: number;
  secrets?: string[];
  dealership?: string;
}

/** One try of a connector as Temporal runs it, under way. */
export interface Try {
  /** What it gives; a failure is given, not thrown. */
  outcome: Promise<Json | Error>;
  /** The case no longer wants its answer. */
  cancel(): void;
}

const contacts = `register: contacts
key: code
columns:
  code: { type: string, maxLength: 40 }
  name: { type: string, maxLength: 40 }
  owed: { type: string, format: money, default: "0.00" }
`;

const beside = [
  'duty: work\nregisters: [contacts]\nreports: [debts]\nprocesses: [idle]\n',
  'report: debts\nfrom: contacts\ncolumns: [code, owed]\nsort: [{ by: code }]\nreaders: [finance, clerk]\n',
  'template: note\nvalues: { number: { type: string, maxLength: 40 } }\ncontent: [{ id: number, text: "{{number}}" }]\n',
  'process: idle\nsteps: [{ id: t, userTask: { assign: { roles: [clerk] } } }]\n',
  'dealership: tianhe\nduties: [work]\nroles: { clerk: [li@tianhe] }\n',
];
const files = [contacts, ...beside].map((text, index) => ({ path: `${index}.yaml`, text }));

function compiled(): CompiledDealership {
  const { dealerships, findings } = compileDefinitions(files, ports);
  const { tianhe } = dealerships;
  if (tianhe === undefined || findings.length > 0) throw new Error(findings.map(formatFinding).join('\n'));
  return tianhe;
}

/** A dealership with a database, another system over HTTP, and a mail server: what connectors work with. */
export class World {
  readonly published = new Map<string, JsonObject>();
  surroundings: Surroundings;

  private constructor(
    readonly test: TestDatabase,
    readonly other: OtherSystem,
    readonly mail: MailServer,
  ) {
    this.surroundings = this.surroundingsWith({});
  }

  static async make(): Promise<World> {
    const [test, other, mail] = await Promise.all([createTestDatabase(), OtherSystem.start(), MailServer.start()]);
    const world = new World(test, other, mail);
    await publishDealership(test.db, compiled());
    await world.letConnectTo(['127.0.0.1', 'localhost']);
    await test.db.system((trx) =>
      trx.query(
        `insert into account (username, dealership_id, password_hash, roles) values
           ('finance@tianhe', 'tianhe', 'x', '{finance}'), ('li@tianhe', 'tianhe', 'x', '{finance,clerk}'), ('finance@haizhu', 'haizhu', 'x', '{finance}')`,
      ),
    );
    return world;
  }

  /** Demo surroundings with the mail server; messages are taken down. */
  surroundingsWith(more: Partial<Surroundings>): Surroundings {
    const demo = testSurroundings();
    return {
      ...demo,
      mail: { ...demo.mail, smtpUrl: this.mail.url },
      publish: async (message) => void this.published.set(message.messageId, { ...message } as unknown as JsonObject),
      ...more,
    };
  }

  /** What the dealership's document says under `connections`. */
  async letConnectTo(hosts: string[] | undefined, dealership = 'tianhe'): Promise<void> {
    await this.test.system(
      `insert into dealership (dealership_id, title, timezone, connections) values ($1, '{}', 'Asia/Shanghai', $2)
       on conflict (dealership_id) do update set connections = excluded.connections`,
      [dealership, hosts === undefined ? null : JSON.stringify({ hosts })],
    );
  }

  /** What the dealership's document says under `users`. */
  async reach(users: Record<string, { mail: string }>): Promise<void> {
    await this.test.system(`update dealership set users = $1 where dealership_id = 'tianhe'`, [JSON.stringify(users)]);
  }

  /** Begins a try of a connector, with its input checked and its time bounded as in production. */
  begin(connector: string, input: JsonObject, attempt: AttemptOf = {}): Try {
    const info: Partial<Info> = { startToCloseTimeoutMs: attempt.withinMs ?? 20_000 };
    const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
    const run = connectorActivities(CONNECTORS, this.test.db, this.surroundings)[connector];
    if (run === undefined) throw new Error(`there is no connector "${connector}"`);
    const { key: idempotencyKey = randomUUID(), secrets, dealership = 'tianhe' } = attempt;
    const args = {
      idempotencyKey,
      input,
      dealership,
      instanceKey: 'case',
      elementId: 'step',
      ...(secrets === undefined ? {} : { secrets }),
    };
    const outcome = environment.run<[typeof args], Json, typeof run>(run, args).catch((error: Error) => error);
    return { outcome, cancel: () => environment.cancel() };
  }

  /** What a try of a connector gives. */
  async run(connector: string, input: JsonObject, attempt: AttemptOf = {}): Promise<JsonObject> {
    const outcome = await this.begin(connector, input, attempt).outcome;
    if (outcome instanceof Error) throw outcome;
    return outcome as JsonObject;
  }

  /** How a try of a connector fails: the code of its BPMN error, or `again` with the type of the failure, and why. */
  async failure(connector: string, input: JsonObject, attempt: AttemptOf = {}): Promise<string> {
    return failureOf(await this.begin(connector, input, attempt).outcome);
  }

  async document(name: string, content: Buffer, mediaType = 'text/plain'): Promise<string> {
    const from = { user: 'li@tianhe', instanceKey: null };
    const document = { dealership: 'tianhe', idempotencyKey: randomUUID(), name, mediaType, content, from, atMs: Date.now() };
    return (await this.test.db.tenant('tianhe', (trx) => putDocument(trx, document))).id;
  }

  /** All that the database holds, as one text: the same where nothing has changed. */
  async footprint(): Promise<string> {
    const tables = await this.test.system<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'dealership_id'
       where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`,
    );
    const parts = tables.map(
      ({ name }) => `select '${name}' as name, md5(string_agg(t::text, '|' order by t::text)) as sum from ${name} t`,
    );
    const sums = await this.test.system<{ name: string; sum: string | null }>(parts.join(' union all '));
    return JSON.stringify(sums);
  }

  async stop(): Promise<void> {
    await Promise.all([this.other.stop(), this.mail.stop()]);
    await this.test.drop();
  }
}

/** A failure in short, as `World.failure` gives it. */
export function failureOf(outcome: Json | Error): string {
  if (!(outcome instanceof Error)) return `no failure: ${JSON.stringify(outcome)}`;
  if (!(outcome instanceof ApplicationFailure)) return `${outcome.name}: ${outcome.message}`;
  const code = outcome.nonRetryable ? String(outcome.details?.[0] ?? outcome.type) : `again ${outcome.type}`;
  return `${code}: ${outcome.message}`;
}
