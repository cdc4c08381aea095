import type { CompiledDealership } from '../../engine/compile/deployment';
import { formatFinding } from '../../engine/language/finding';
import { readScenario } from '../../engine/language/scenario';
import { Agenda } from '../../engine/simulate/workload/agenda';
import { Chance } from '../../engine/simulate/workload/chance';
import { Queue, timesOf } from '../../engine/simulate/workload/figures';
import { learnWorkload } from '../../engine/simulate/workload/learn-workload';
import { readWorkload } from '../../engine/simulate/workload/read-workload';
import { runWorkload } from '../../engine/simulate/workload/run-workload';
import { compileTexts } from '../language/compile-steps';

const desk = `process: desk
steps:
  - id: check
    userTask: { assign: { roles: [clerk] }, due: { after: PT1H }, outcomes: [good, bad] }
  - id: result
    exclusive:
      - { id: isBad, when: =check.outcome = "bad", do: [{ id: badEnd, end: bad }] }
      - { id: isGood, default: true, do: [] }
  - { id: goodEnd, end: good }
`;
const house = `dealership: house
duties: [desk]
roles: { clerk: [anna@house, bo@house] }
`;

function dealershipOf(process: string): Record<string, CompiledDealership> {
  const { dealerships, findings } = compileTexts(process, 'duty: desk\nprocesses: [desk]\n', house);
  expect(findings.filter(({ severity }) => severity === 'error').map(formatFinding)).toEqual([]);
  return dealerships;
}

const head = 'workload: w\nprocess: desk\ndealership: house\n';

async function play(workload: string, process = desk) {
  const dealerships = dealershipOf(process);
  const read = readWorkload({ path: 'w.yaml', text: head + workload }, dealerships);
  expect(read.findings.map(formatFinding)).toEqual([]);
  if (read.workload === undefined) throw new Error('there is no workload');
  return runWorkload(dealerships['house'] as CompiledDealership, read.workload);
}

describe('a workload', () => {
  it('[L24.1] one person who needs as long as cases are apart keeps up, and is always busy', async () => {
    const figures = await play('arrivals: { cases: 10, every: PT30M }\nstaff: { clerk: 1 }\nwork: { check: { takes: PT30M } }\n');
    expect(figures.cases).toMatchObject({ begun: 10, open: 0 });
    const [check] = figures.steps;
    expect(check).toMatchObject({ step: 'check', opened: 10, done: 10, overdue: 0 });
    expect(check?.wait.longestMs).toBe(0);
    expect(figures.staff.find(({ role }) => role === 'clerk')).toMatchObject({ people: 1, busy: 1 });
  });

  it('[L24.1] one who needs twice as long has a queue that grows, and cases become overdue; two keep up', async () => {
    const slow = 'arrivals: { cases: 10, every: PT30M }\nstaff: { clerk: 1 }\nwork: { check: { takes: PT60M } }\n';
    const [one] = (await play(slow)).steps;
    // the n-th case waits for half an hour more than the one before it
    expect(one?.wait.longestMs).toBe(9 * 30 * 60_000);
    expect(one?.queue.longest).toBe(5);
    expect(one?.overdue).toBe(9);
    const [two] = (await play(slow.replace('clerk: 1', 'clerk: 2'))).steps;
    expect(two?.wait.longestMs).toBe(0);
    expect(two?.overdue).toBe(0);
  });

  it('[L24.1] nobody works at night: what comes late waits for the morning', async () => {
    const figures = await play(
      'at: 2026-03-02T17:30:00+08:00\narrivals: { cases: 2, every: PT10M }\nstaff: { clerk: 1 }\nhours: office\nwork: { check: { takes: PT45M } }\n',
    );
    // half an hour of the first evening; then 15 minutes from 09:00 on, and the second case, which came at 17:40, until 10:00
    expect(figures.cases.duration).toMatchObject({ count: 2, longestMs: (16 * 60 + 20) * 60_000 });
    expect(figures.untilMs).toBe(Date.parse('2026-03-03T10:00:00+08:00'));
  });

  it('[L24.1] outcomes come by their weights, and the same seed gives the same figures', async () => {
    const text =
      'arrivals: { cases: 400, every: { about: PT30M } }\nwork: { check: { takes: { about: PT20M }, outcomes: { good: 3, bad: 1 } } }\n';
    const figures = await play(text);
    expect(figures.ends['bad']).toBeGreaterThan(70);
    expect(figures.ends['bad']).toBeLessThan(130);
    expect((figures.ends['good'] ?? 0) + (figures.ends['bad'] ?? 0)).toBe(400);
    expect(await play(text)).toEqual(figures);
    expect(await play(`seed: 2\n${text}`)).not.toEqual(figures);
  });

  it('[L24.1] says what nobody can do and what no connector answers', async () => {
    const lonely = await play('arrivals: { cases: 3, every: PT1H }\nstaff: { clerk: 0 }\n');
    expect(lonely.cases.open).toBe(3);
    expect(lonely.obstacles).toEqual({ 'nobody of the staff may do "check"': 3 });
    const asks = `process: desk
steps:
  - { id: ask, serviceTask: { connector: http.request, input: { url: "http://127.0.0.1/" } } }
  - { id: done, end: done }
`;
    const silent = await play('arrivals: { cases: 2, every: PT1H }\n', asks);
    expect(silent.obstacles).toEqual({ 'nothing is said of what the connector of "ask" answers': 2 });
    const failing = await play('arrivals: { cases: 2, every: PT1H }\nanswers: { ask: { after: PT5S, failing: 1 } }\n', asks);
    expect(failing).toMatchObject({ incidents: 2, cases: { open: 2 } });
  });

  it('[L24.1] names what is wrong with it, where it stands', () => {
    const read = readWorkload(
      { path: 'w.yaml', text: `${head}arrivals: { cases: 1, every: PT1H }\nwork: { chek: { takes: PT1H } }\nstart: { a: =nmber }\n` },
      dealershipOf(desk),
    );
    expect(read.findings.map(formatFinding)).toEqual([
      expect.stringMatching(/^w\.yaml:5:9: error unknown-step: there is no step "chek"; did you mean "check"/u),
      expect.stringMatching(/^w\.yaml:6:10: error unknown-variable/u),
      expect.stringMatching(/^w\.yaml:6:13: error expression: .*nmber/u),
    ]);
  });

  it('[L24.2] learns from recorded cases what it does not say itself', async () => {
    const dealerships = dealershipOf(desk);
    const recorded = (day: number, outcome: string) => {
      const text = `scenario: case ${day}
process: desk
dealership: house
at: 2026-03-0${day}T09:00:00+08:00
steps:
  - advance: PT3H
  - { claim: check, as: bo@house }
  - advance: PT20M
  - { complete: check, as: bo@house, outcome: ${outcome} }
`;
      const { scenario, findings } = readScenario({ path: `${day}.yaml`, text });
      expect(findings).toEqual([]);
      return scenario ?? [];
    };
    const scenarios = [recorded(2, 'good'), recorded(3, 'good'), recorded(4, 'bad')].flat();
    const experience = await learnWorkload(dealerships['house'] as CompiledDealership, 'desk', scenarios);
    expect(experience).toEqual({
      cases: 3,
      everyMs: 86_400_000,
      work: { check: { outcomes: { good: 2, bad: 1 }, takesMs: 1_200_000 } },
      staff: { clerk: ['bo@house'] },
      failed: [],
    });
    const { workload } = readWorkload({ path: 'w.yaml', text: `${head}arrivals: { cases: 5 }\n` }, dealerships, experience);
    expect(workload).toMatchObject({ every: { kind: 'exponential', ms: 86_400_000 }, staff: { clerk: ['bo@house'] } });
    expect(workload?.work['check']).toMatchObject({ outcomes: { good: 2, bad: 1 }, takes: { kind: 'exponential', ms: 1_200_000 } });
  });
});

describe('the parts of a workload', () => {
  it('[L24.1] what happens first comes first, and of the same moment what was noted first', () => {
    const agenda = new Agenda<number>();
    const chance = new Chance(7);
    const noted = Array.from({ length: 500 }, (_, order) => ({ atMs: Math.floor(chance.next() * 50), order }));
    for (const { atMs, order } of noted) agenda.add(atMs, order);
    const taken = noted.map(() => agenda.next()?.what);
    expect(agenda.next()).toBeUndefined();
    expect(taken).toEqual([...noted].sort((a, b) => a.atMs - b.atMs || a.order - b.order).map(({ order }) => order));
  });

  it('[L24.1] lengths are as long as they say on average', () => {
    const chance = new Chance(1);
    const lengths = Array.from({ length: 20_000 }, () => chance.lengthOf({ kind: 'exponential', ms: 1_000 }));
    expect(Math.abs(timesOf(lengths).meanMs - 1_000)).toBeLessThan(30);
    const between = Array.from({ length: 1_000 }, () => chance.lengthOf({ kind: 'between', leastMs: 10, mostMs: 20 }));
    expect(Math.min(...between)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...between)).toBeLessThanOrEqual(20);
    expect(chance.choose([['a', 0] as const, ['b', 0] as const])).toBeUndefined();
  });

  it('[L24.1] a queue is averaged over time', () => {
    const queue = new Queue(0);
    queue.change(1, 10);
    queue.change(1, 20);
    queue.change(-1, 30);
    expect(queue.figures(40)).toEqual({ mean: (10 * 1 + 10 * 2 + 10 * 1) / 40, longest: 2 });
  });
});
