import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { publishDealership } from '../../db/definition-repository';
import { closureOf } from '../../engine/compile/closure';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { JsonObject } from '../../engine/json';
import { formatFinding } from '../../engine/language/finding';
import type { ModelClosure, NodeKind } from '../../engine/runtime/process-model';
import { dataConverter } from '../../server/payload-codec';
import { compileTexts, processAround } from '../language/compile-steps';
import { testSurroundings } from '../setup/surroundings';
import { AutoDriver } from './auto-driver';
import { recordHistory } from './histories';
import { PatientConnectors } from './patient-connectors';
import { eventually, Rig } from './rig';

const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'language.md'), 'utf8');

interface Example {
  number: string;
  text: string;
}

/** The examples of the language page that are processes, or steps of one. */
const examples = [...page.matchAll(/^### (\d+\.\d+) (.*)$|^```yaml\n([\s\S]*?)^```$/gmu)]
  .reduce<Example[]>((found, [, number, , text]) => {
    const last = found.at(-1);
    if (number !== undefined) found.push({ number, text: '' });
    else if (last !== undefined) found.push({ number: last.number, text: text ?? '' });
    return found;
  }, [])
  .filter(({ text }) => text.startsWith('- ') || text.startsWith('process: '));

/** The registers and reports of the page: an example may work with one that another shows. */
const registers = [...page.matchAll(/^```yaml\n((?:register|report): [\s\S]*?)^```$/gmu)].map(([, text]) => text ?? '');

/** Kinds of nodes of which records tell; gateways are seen by what comes behind them. */
const kinds: NodeKind[] = [
  'startEvent',
  'endEvent',
  'intermediateCatchEvent',
  'intermediateThrowEvent',
  'boundaryEvent',
  'task',
  'userTask',
  'serviceTask',
  'scriptTask',
  'businessRuleTask',
  'sendTask',
  'receiveTask',
  'callActivity',
  'subProcess',
];

/** Examples that nothing helps to their end, each with its reason. */
const stays: Record<string, string> = { '3.6': 'the votes that are left have no effect, so that what waits for them waits' };

const order = { number: 'SO-1', customer: '王芳', model: 'X5', price: '258000.00', salesman: 'salesman@test' };
/** Examples whose histories are kept: later code must replay them. */
const kept = new Set(['3.6', '3.9', '4.10', '4.13', '4.14', '5.4', '5.5', '6.8', '6.9', '6.10', '16.3', '16.4']);
const passed = new Set<NodeKind>();
const connectors = new PatientConnectors();
let rig: Rig;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  rig = await Rig.start({ connectors: connectors.connectors, outside: testSurroundings({ secretOf: () => 'known' }) });
});
afterAll(() => rig.stop());

/** The dealership of one example: its own, so that no other case hears its messages. */
function compiled(text: string, id: string): { dealership: CompiledDealership; process: string } {
  const document = text.startsWith('- ') ? processAround(text) : text;
  const process = /^process: (\S+)/mu.exec(document)?.[1] ?? '';
  const roles = ['clerk', 'salesman', 'finance', 'warehouse', 'sales-manager', 'general-manager'];
  const staff = roles.map((role) => `${role}: [${role}@test]`).join(', ');
  const { findings, dealerships } = compileTexts(
    document,
    ...registers,
    `duty: test\nprocesses: [${process}]\n`,
    `dealership: ${id}\nduties: [test]\nroles: { ${staff} }\nsettings: { transport: { priceCeiling: "1800.00" } }\n`,
  );
  expect(findings.filter(({ severity }) => severity === 'error').map(formatFinding)).toEqual([]);
  return { dealership: dealerships[id] as CompiledDealership, process };
}

/** A process that nobody begins by hand begins by its first start with a trigger. */
function triggerOf({ models, root }: ModelClosure): { trigger?: { node: string; variables: JsonObject } } {
  const { start, triggeredStarts = [] } = models[root] ?? {};
  const [node] = triggeredStarts;
  return start !== undefined || node === undefined ? {} : { trigger: { node, variables: {} } };
}

describe('the examples of the language page on the real server', () => {
  it.each(examples.map((example, index) => [example.number, index, example] as const))(
    '[L%s] example %i',
    async (number, index, { text }) => {
      const { dealership, process } = compiled(text, `house-${index}`);
      await publishDealership(rig.db, dealership);
      const closure = closureOf(dealership, process);
      const declared = closure.models[closure.root]?.variables ?? {};
      const variables = 'order' in declared ? { order } : {};
      const live = await rig.begin(closure, variables, { user: 'salesman@test', roles: ['salesman'] }, dealership.id, triggerOf(closure));
      const last = await new AutoDriver(live, connectors).drive();
      expect([number, last.status]).toEqual([number, number in stays ? 'active' : 'completed']);
      if (last.status === 'active')
        await live.act({ type: 'cancelInstance', actor: { user: 'admin@test', roles: ['admin'] }, reason: 'seen' });
      const rows = await eventually(live.row.bind(live), ({ state }) => state === 'COMPLETED' || state === 'CANCELED');
      expect(['COMPLETED', 'CANCELED']).toContain(rows.state);
      await live.handle.result().catch(() => undefined);
      const records = await live.records();
      expect(records.filter((record) => record.type === 'incidentOpened' && record.incident.code === 'engine-error')).toEqual([]);
      const open = await rig.db.tenant(dealership.id, (trx) =>
        trx.query(
          `select task_key as key from user_task where root_key = $1 and state = 'CREATED'
         union all select subscription_key from message_subscription where root_key = $1 and open`,
          [live.address.instanceKey],
        ),
      );
      expect(open).toEqual([]);
      for (const { elementId } of records) {
        for (const model of Object.values(closure.models)) {
          const kind = model.nodes[elementId ?? '']?.kind;
          if (kind !== undefined) passed.add(kind);
        }
      }
      if (kept.has(number)) await recordHistory(live, `language-${number}`);
      const workflowBundle = { codePath: bundlePath() };
      await Worker.runReplayHistory({ workflowBundle, dataConverter }, await live.handle.fetchHistory(), live.address.workflowId);
    },
  );

  it('pass every kind of step', () => {
    expect(kinds.filter((kind) => !passed.has(kind))).toEqual([]);
  });
});

function bundlePath(): string {
  return process.env['NEIQIN_TEST_WORKFLOW_BUNDLE'] as string;
}
