import { stringify } from 'yaml';
import { DryRun } from '../../cli/simulate/dry-run';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import { createSimulator } from '../../engine/simulate/simulator';
import { compileTexts } from '../language/compile-steps';

const START = Date.parse('2026-03-02T09:00:00+08:00');
const tianhe = compileTexts().dealerships['tianhe'] as CompiledDealership;
const order = { number: 'SO-1', customer: '张伟', price: '168000.00', salesman: 'salesman@tianhe' };

async function begun(): Promise<DryRun> {
  const run = await DryRun.begin(tianhe, 'order-to-delivery', START, { order });
  if (typeof run === 'string') throw new Error(run);
  return run;
}

/** Does what is called so, with what is suggested but for some answers. */
async function choose(run: DryRun, label: RegExp, answers: Record<string, string> = {}) {
  const choice = run.choices().find((one) => label.test(one.label));
  if (choice === undefined) throw new Error(`none of ${run.choices().map((one) => one.label)} is ${label}`);
  return choice.act({ ...Object.fromEntries(choice.asks.map(({ name, suggestion }) => [name, suggestion])), ...answers });
}

describe('[L24.3] a case that is played by hand', () => {
  it('offers what can be done now, each outcome by itself', async () => {
    const run = await begun();
    expect(run.choices().map(({ label }) => label)).toEqual([
      'review 审核销售订单: approve',
      'review 审核销售订单: return',
      'review 审核销售订单: reject',
      'the connector of record answers',
      'the connector of record fails',
      'the message ship-time.changed for SO-1',
      'the message order.changed for SO-1',
      'the message carrier.cancelled for SO-1',
      'the message order.cancelled for SO-1',
      'wait for the timer of review',
      'let time go on',
    ]);
  });

  it('is refused what the product refuses, and nothing has changed then', async () => {
    const run = await begun();
    const before = run.state;
    expect(await choose(run, /approve/, { as: 'salesman@tianhe' })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/four eyes/),
    });
    expect(await choose(run, /let time go on/, { by: 'soon' })).toMatchObject({ ok: false, message: expect.stringMatching(/PT4H/) });
    expect(await choose(run, /approve/, { with: '{ a' })).toMatchObject({ ok: false, message: expect.stringMatching(/no YAML/) });
    expect(run.state).toBe(before);
    expect(run.steps).toEqual([]);
  });

  it('takes steps back, as often as there are any', async () => {
    const run = await begun();
    const before = JSON.stringify(run.state);
    await choose(run, /let time go on/, { by: 'PT5H' });
    await choose(run, /return/);
    expect(run.steps).toHaveLength(2);
    expect([run.undo(), run.undo(), run.undo()]).toEqual([true, true, false]);
    expect(JSON.stringify(run.state)).toBe(before);
    expect(run.steps).toEqual([]);
  });

  it('is saved as a scenario that plays the same way', async () => {
    const run = await begun();
    await choose(run, /timer of review/);
    await choose(run, /approve/);
    await choose(run, /connector of record answers/);
    await choose(run, /connector of price fails/);
    await choose(run, /lookUpByHand/, { with: '{ onWatch: true }' });
    const text = stringify(run.scenario('played by hand'));
    const { scenario, findings } = readScenario({ path: 'played.yaml', text });
    expect(findings).toEqual([]);
    if (scenario === undefined) throw new Error('there is no scenario');
    const { failures, observation } = await runScenario(scenario, tianhe, createSimulator(tianhe));
    expect(failures).toEqual([]);
    expect(observation?.tasks.map(({ elementId }) => elementId)).toEqual(['exception']);
    expect(observation?.tasks.map(({ elementId }) => elementId)).toEqual(Object.values(run.state.tasks).map(({ node }) => node));
  });
});

describe('[L24.3] what people do besides completing', () => {
  const text = `process: p
steps:
  - { id: write, title: { zh: 起草, en: Draft }, userTask: { assign: { roles: [clerk] }, withdraw: untilNextBegun } }
  - { id: read, title: { zh: 审阅, en: Read }, userTask: { assign: { roles: [sales-manager] }, mayReturnTo: [write] } }
`;
  const people = 'dealership: d\nduties: [d]\nroles: { clerk: [c@d], sales-manager: [m@d] }\nsettings: {}\n';
  const start = async () => {
    const dealership = compileTexts(text, 'duty: d\nprocesses: [p]\n', people).dealerships['d'] as CompiledDealership;
    const run = await DryRun.begin(dealership, 'p', START, {}, 'en');
    if (typeof run === 'string') throw new Error(run);
    return { run, dealership };
  };

  it('a task is sent back where it may be, or taken back by who did it; the scenario says so', async () => {
    const { run, dealership } = await start();
    expect(run.choices().map(({ label }) => label)).toEqual(['write Draft', 'let time go on']);
    await choose(run, /^write/u);
    expect(run.choices().map(({ label }) => label)).toEqual(['read Read', 'read: return to write', 'take write back', 'let time go on']);
    expect(await choose(run, /take write back/u)).toEqual({ ok: true, step: { takeBack: 'write', as: 'c@d' } });
    await choose(run, /^write/u);
    expect(await choose(run, /return to/u, { reason: 'too short' })).toMatchObject({
      ok: true,
      step: { return: 'read', to: 'write', reason: 'too short' },
    });
    expect(run.choices()[0]?.label).toBe('write Draft');
    const { scenario, findings } = readScenario({ path: 's.yaml', text: stringify(run.scenario('returned')) });
    expect(findings).toEqual([]);
    expect((await runScenario(scenario as NonNullable<typeof scenario>, dealership, createSimulator(dealership))).failures).toEqual([]);
  });
});
