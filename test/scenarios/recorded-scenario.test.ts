import { recordedScenario } from '../../cli/recording/recorded-scenario';
import { closureOf } from '../../engine/compile/closure';
import { compileForTest } from '../../engine/compile/compile-for-test';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { JsonObject } from '../../engine/json';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario, type Scenario } from '../../engine/language/scenario';
import type { EngineRecord } from '../../engine/runtime/records';
import { CaseSimulator } from '../../engine/simulate/case-simulator';
import { observationOf } from '../../engine/simulate/observation';
import { createSimulator } from '../../engine/simulate/simulator';
import { compilePorts } from '../../server/definitions-folder';
import type { Recording } from '../../server/recording';

const files = {
  'form.yaml': `form: buyer
title: { zh: 客户, en: Buyer }
schema:
  type: object
  properties:
    name: { type: string, personal: true }
    phone: { type: string, pattern: "^1[0-9]{10}$", personal: true }
    model: { type: string }
`,
  'process.yaml': `process: sale
variables:
  buyer: { $ref: form:buyer }
  rating: { type: object, properties: { identity: { type: string, personal: true }, score: { type: integer } } }
  size: { type: number }
start: [{ form: buyer, roles: [salesman], result: buyer }]
steps:
  - { id: rate, serviceTask: { connector: http.request, input: { url: "http://127.0.0.1:1/" }, result: rating } }
  - id: which
    exclusive:
      - { id: small, when: =size < 10, do: [{ id: look, userTask: { assign: { roles: [clerk] } } }] }
      - { id: big, default: true }
  - id: both
    forEach: { in: "=[1, 2]", as: turn }
    userTask: { assign: { roles: [clerk] }, due: { after: PT2H }, outcomes: [ok, no] }
  - { id: told, receiveTask: { message: { name: paid, key: =case.businessKey } } }
  - { id: wait, timer: { after: PT30M } }
  - { id: done, end: done }
`,
};
const START_MS = Date.UTC(2026, 2, 2, 1, 0, 0, 250);
const KEY = '01a21320-883d-725d-9d48-a64ad172bf39';
const { dealerships, findings } = compileForTest(
  Object.entries(files).map(([path, text]) => ({ path, text })),
  compilePorts,
);
const dealership = dealerships['test'] as CompiledDealership;
const wrong = findings.filter(({ severity }) => severity === 'error').map(({ message, remedy }) => message + remedy);
if (wrong.length > 0) throw new Error(wrong.join());
const closure = closureOf(dealership, 'sale');
const buyer = { name: '王小芳', phone: '13812345678', model: 'X5' };
const clerk = { user: 'clerk@test', roles: ['clerk'] };

/** A case as a server has it: its key is no `case`, and nothing happens in whole seconds. */
class RecordedCase {
  readonly simulator = new CaseSimulator(closure, START_MS);
  readonly batches: Recording['batches'] = [];

  do(what: () => unknown, afterMs = 0): this {
    const before = this.simulator.records.length;
    if (afterMs > 0) this.simulator.advanceTo(this.simulator.nowMs + afterMs);
    this.#batch(before);
    const since = this.simulator.records.length;
    expect(what()).toBeUndefined();
    this.#batch(since);
    return this;
  }

  #batch(since: number): void {
    const records = this.simulator.records.slice(since);
    if (records.length > 0) this.batches.push({ sequence: this.batches.length + 1, records: structuredClone(records) as EngineRecord[] });
  }

  recording(): Recording {
    const { state, records } = this.simulator;
    return {
      processInstanceKey: KEY,
      processDefinitionId: 'sale',
      dealership: 'test',
      businessKey: KEY,
      batches: this.batches,
      observation: observationOf(closure, state, records),
      closure,
      forms: dealership.forms,
      roles: dealership.roles,
    };
  }
}

function sale(): Recording {
  const recorded = new RecordedCase();
  const { simulator } = recorded;
  const actor = { user: 'salesman@test', roles: ['salesman'] };
  const task = (index: number) => simulator.tasksOf('both')[index]?.key as string;
  const complete = (index: number, outcome: string) =>
    simulator.apply({ type: 'completeTask', actor: clerk, taskKey: task(index), outcome, data: { note: `找 ${buyer.name}` } });
  const start = { instanceKey: KEY, dealership: 'test', businessKey: KEY, actor, variables: { buyer } };
  const rating = { identity: 'ID-4711', score: 3 };
  return recorded
    .do(() => simulator.start(start))
    .do(() => simulator.answer([...simulator.pending.keys()][0] as string, rating), 1_600)
    .do(() => {
      const [incident] = Object.values(simulator.state.incidents);
      const admin = { user: 'admin@test', roles: ['admin'] };
      return simulator.apply({ type: 'resolveIncident', actor: admin, incidentKey: incident?.key ?? '', variables: { size: 12 } });
    }, 60_000)
    .do(() => complete(1, 'ok'), 3_600_500)
    .do(() => complete(0, 'no'))
    .do(() => {
      const paid = { type: 'deliverMessage', actor: clerk, messageId: 'm1', name: 'paid', correlationKey: KEY, variables: {} } as const;
      return simulator.apply(paid);
    })
    .do(() => undefined, 1_900_000)
    .recording();
}

const options = { title: 'recorded', maskKey: 'key', maskPeople: false };

describe('[L10.13] a recorded case', () => {
  it('passes on the version that it ran with, in the order and at the times of the case', async () => {
    const { text, warnings } = await recordedScenario(sale(), options);
    expect(warnings).toEqual([]);
    const { scenario } = readScenario({ path: 'recorded.yaml', text });
    const { failures } = await runScenario(scenario as Scenario, dealership, createSimulator(dealership));
    expect(failures).toEqual([]);
    expect((scenario as Scenario).steps.map(({ verb, action }) => ('step' in action ? `${verb} ${action.step}` : verb)).join(', ')).toBe(
      'expect, advance, answer rate, advance, resolve which, expect, advance, complete both, expect, complete both, expect, message, expect, advance, expect',
    );
    expect(text).toContain('{ advance: PT1S }');
    expect(text).toContain('which: 2');
    expect(text).toContain('key: case');
    expect(text).toContain('at: 2026-03-02T09:00:00+08:00');
  });

  it('[L7.1] holds no personal data, of forms, of variables, or in words', async () => {
    const { text } = await recordedScenario(sale(), options);
    for (const secret of [buyer.name, buyer.phone, 'ID-4711', KEY]) expect(text).not.toContain(secret);
    expect(text).toContain('X5');
    const { variables } = readScenario({ path: 'recorded.yaml', text }).scenario as Scenario;
    const { name, phone } = variables['buyer'] as { name: string; phone: string };
    expect(phone).toMatch(/^1[0-9]{10}$/u);
    expect(text).toContain(`"找 ${name}"`);
  });

  it('names people by their roles where that is wanted', async () => {
    const { text } = await recordedScenario(sale(), { ...options, maskPeople: true });
    expect(text).toContain('as: clerk-1@test');
    expect(text).not.toContain('clerk@test');
  });

  it('tells what does not go as it went, and leaves it out', async () => {
    const recording = sale();
    const strange: JsonObject = { note: 'nothing of the kind was open' };
    const batch = structuredClone(
      recording.batches.find(({ records }) => records[0]?.type === 'taskCompleted'),
    ) as Recording['batches'][number];
    const [record] = batch.records;
    if (record?.type !== 'taskCompleted') throw new Error('invariant: a task was completed');
    Object.assign(record, { elementId: 'look', task: { ...record.task, elementId: 'look' }, data: strange });
    const { text, warnings } = await recordedScenario({ ...recording, batches: [...recording.batches, batch] }, options);
    expect(warnings).toEqual([
      expect.stringMatching(/^left out, since it does not go in virtual time as it went: complete look: refused/u),
    ]);
    expect(text).not.toContain('look');
  });
});
