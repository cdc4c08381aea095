import { analysisModelOf } from '../../engine/analyse/analysis-model';
import { Checker } from '../../engine/analyse/check';
import { type Exploration, explore } from '../../engine/analyse/explore';
import { outlookOf } from '../../engine/analyse/outlook';
import { openTwice } from '../../engine/analyse/rules/lack-of-synchronisation';
import type { ProcessModel } from '../../engine/runtime/process-model';
import {
  awaiting,
  type BareNode,
  boundary,
  end,
  exclusive,
  graph,
  hear,
  inclusive,
  manual,
  parallel,
  pause,
  receive,
  script,
  service,
  sub,
  task,
  throwing,
  times,
  waitFor,
} from '../engine/graph';
import { Dice } from '../engine/random-process';
import { ports } from '../language/definition-files';

const names = ['x', 'y', 'z'];
const outcomes = ['yes', 'no'].map((id) => ({ id, title: { zh: id, en: id } }));

/** Draws parallel branches that share variables, signals and ends, and makes mistakes: wrong joins, ways that lead elsewhere, loops. */
class Tangle {
  readonly nodes: Record<string, BareNode> = {};
  readonly lines: string[] = [];
  #next = 0;
  #parent: string | undefined;

  constructor(readonly dice: Dice) {}

  draw(): ProcessModel {
    this.#join(this.#block('start', 3), 'end');
    return graph('tangle', this.lines.join('\n'), this.nodes, {
      variables: Object.fromEntries(names.map((name) => [name, { type: { kind: 'any' }, default: 0 }])),
    });
  }

  #add(node: BareNode, prefix: string): string {
    this.#next += 1;
    const id = `${prefix}${this.#next}`;
    this.nodes[id] = this.#parent === undefined ? node : ({ ...node, parent: this.#parent } as BareNode);
    return id;
  }

  #join(from: string, to: string, condition?: string): void {
    this.lines.push(`${from} -> ${to}${condition === undefined ? '' : ` ? ${condition}`}`);
  }

  #leaf(from: string, node: BareNode, prefix: string): string {
    const id = this.#add(node, prefix);
    this.#join(from, id);
    return id;
  }

  #block(from: string, depth: number): string {
    const leaves = [this.#wait, this.#wait, this.#wait, this.#write, this.#late];
    const blocks = [this.#both, this.#both, this.#both, this.#either, this.#row, this.#inner, this.#back];
    return this.dice.pick(depth === 0 ? leaves : [...leaves, ...blocks, ...blocks])(from, depth - 1);
  }

  #wait = (from: string): string => {
    const some: BareNode[] = [
      task({ result: this.dice.pick(names) }),
      task({ result: this.dice.pick(names), outcomes }),
      task({ result: `own${this.#next}` }),
      service(),
      pause('PT1H'),
      receive(this.dice.pick(['here', 'there']), '"k"', this.dice.pick(names)),
      awaiting('far', '"k"', 'far'),
      hear('bell'),
      waitFor(this.dice.pick(['x = 1', 'y != 0', 'z.outcome = "yes"', 'unknown > 1'])),
    ];
    return this.#leaf(from, this.dice.pick(some), 'wait');
  };

  #write = (from: string): string => {
    const written = [
      script(this.dice.pick(names), String(this.dice.roll(2))),
      throwing({ kind: 'signal', name: this.dice.pick(['bell', 'gong']), variables: {} }),
      manual(),
    ];
    return this.#leaf(this.dice.roll(3) === 0 ? this.#wait(from) : from, this.dice.pick(written), 'write');
  };

  #late = (from: string): string => {
    const id = this.#leaf(from, task({ result: `own${this.#next}` }), 'slow');
    const event = this.#add(boundary(id, { kind: 'timer', timer: { after: 'PT2H' } }, { interrupting: this.dice.roll(3) > 0 }), 'late');
    const aside = this.dice.roll(3) === 0 ? this.#wait(event) : event;
    const to = this.dice.pick([this.#add(end('aside', this.dice.roll(4) === 0), 'over'), this.#add(exclusive(), 'merge')]);
    this.#join(aside, to);
    if (!to.startsWith('merge')) return id;
    this.#join(id, to);
    return to;
  };

  #row = (from: string, depth: number): string => this.#block(this.#block(from, depth), depth);

  #gateway(right: BareNode): BareNode {
    return this.dice.roll(5) > 0 ? right : this.dice.pick([parallel(), exclusive(), inclusive()]);
  }

  #both = (from: string, depth: number): string => {
    const split = this.#leaf(from, parallel(), 'split');
    const join = this.#add(this.#gateway(parallel()), 'join');
    for (let branch = 2 + this.dice.roll(2); branch > 0; branch -= 1) {
      const last = this.#block(split, depth);
      if (this.dice.roll(12) === 0) this.#join(last, this.#add(end('early', this.dice.roll(3) === 0), 'over'));
      else this.#join(last, join);
    }
    return join;
  };

  #either = (from: string, depth: number): string => {
    const name = this.dice.pick(names);
    const which = this.#leaf(this.dice.roll(2) === 0 ? this.#wait(from) : from, exclusive(), 'which');
    const merge = this.#add(this.#gateway(exclusive()), 'merge');
    const tests = this.dice.pick([
      [`${name} = 0`, `${name} != 0`],
      [`${name}.outcome = "yes"`, `not(${name}.outcome = "yes")`],
      ['true', 'false'],
    ] as const);
    for (const test of tests) {
      const first = this.#add(manual(), 'taken');
      this.#join(which, first, test);
      this.#join(this.#block(first, depth), merge);
    }
    return merge;
  };

  #back = (from: string, depth: number): string => {
    const head = this.#leaf(from, exclusive(), 'head');
    const last = this.#block(this.#wait(head), depth);
    const again = this.#leaf(last, exclusive(), 'again');
    const out = this.#add(manual(), 'out');
    const name = this.dice.pick(names);
    this.#join(again, head, `${name} = ${this.dice.roll(2)}`);
    this.#join(again, out, `${name} != ${this.dice.roll(2)}`);
    return out;
  };

  #inner = (from: string, depth: number): string => {
    const id = this.#leaf(from, sub([], this.dice.roll(4) === 0 ? { loop: times(2) } : {}), 'inner');
    const outer = this.#parent;
    this.#parent = id;
    const entry = this.#add({ kind: 'startEvent' }, 'begin');
    const thrown = this.dice.roll(4) === 0 ? ({ throws: { kind: 'error', code: 'bad' } } as const) : {};
    this.#join(this.#block(entry, depth), this.#add({ kind: 'endEvent', name: '', terminate: false, ...thrown }, 'over'));
    this.#parent = outer;
    this.nodes[id] = { ...this.nodes[id], entries: [entry] } as BareNode;
    if (this.dice.roll(2) === 0) return id;
    const merge = this.#add(exclusive(), 'merge');
    this.#join(this.#add(boundary(id, this.dice.pick([{ kind: 'error' }, { kind: 'signal', name: 'gong' }] as const)), 'failed'), merge);
    this.#join(id, merge);
    return merge;
  };
}

/** What the rules tell of: what is reached, where cases stop or end up, whether they can always end, and what is open twice. */
function toldOf({ reached, states, stopped, returns, model }: Exploration, exploration: Exploration) {
  const places = (found: Exploration['states']): string[] =>
    [
      ...new Set(
        found.map(({ state }) =>
          Object.values(state.tokens)
            .map(({ node, status }) => `${node} ${status}`)
            .sort()
            .join(),
        ),
      ),
    ].sort();
  return {
    reached: [...reached].filter((id) => model.original.nodes[id] !== undefined || model.original.flows[id] !== undefined).sort(),
    stopped: [...new Set(stopped.map(({ node, code }) => `${node} ${code}`))].sort(),
    stuck: places(
      states.filter(({ state, next, expanded, leaves }) => state.status === 'active' && expanded && !leaves && next.length === 0),
    ),
    ends: outlookOf(exploration).turningPoints.length === 0,
    completes: states.some(({ state }) => state.status === 'completed'),
    twice: [...new Set(states.flatMap(({ state }) => openTwice(state)))].sort(),
    returns: [...returns].sort(),
  };
}

const bounds = { states: 600, ms: 0 };

/** How both searches of a process end, where every order can be tried. */
function compared(model: ProcessModel): { all: number; left: number } | undefined {
  const all = explore(analysisModelOf(model, new Map()), { ...bounds, everyOrder: true });
  if (!all.complete) return undefined;
  const left = explore(analysisModelOf(model, new Map()), bounds);
  expect(left.complete).toBe(true);
  expect(toldOf(left, left)).toEqual(toldOf(all, all));
  return left.reduced ? { all: all.states.length, left: left.states.length } : undefined;
}

/** Parallel branches of user tasks, every second of which decides a way. */
function branches(count: number, steps: number): string {
  const task = (id: string): string => `{ id: ${id}, userTask: { assign: { roles: [clerk] }, outcomes: [accept, refuse] } }`;
  const branch = (n: number): string =>
    Array.from({ length: steps }, (_, step) => {
      const id = `do${n}x${step}`;
      const guard = step % 2 === 0 ? '' : `, { id: ${id}more, if: '=${id}.outcome = "refuse"', userTask: { assign: { roles: [clerk] } } }`;
      return `${task(id)}${guard}`;
    }).join(', ');
  const ways = Array.from({ length: count }, (_, n) => `      - { id: way${n}, do: [${branch(n)}] }\n`).join('');
  return `process: p\nsteps:\n  - id: all\n    parallel:\n${ways}`;
}

describe('orders that make no difference are left out', () => {
  it.each([
    [10, 3],
    [10, 5],
    [30, 5],
  ])('[L1.8] so that %i parallel branches of %i steps are looked at to the end', (count, steps) => {
    expect(new Checker(ports).check([{ path: 'p.yaml', text: branches(count, steps) }]).findings).toEqual([]);
  });

  it('[L1.8] and what waits for ever in one of them is found', () => {
    const stuck = `{ id: stuck, if: '=ask.outcome = "refuse"', waitFor: =false }`;
    const last = `      - { id: last, do: [{ id: ask, userTask: { assign: { roles: [clerk] }, outcomes: [accept, refuse] } }, ${stuck}] }\n`;
    const { findings } = new Checker(ports).check([{ path: 'p.yaml', text: `${branches(10, 3)}${last}` }]);
    expect(findings.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
      expect.stringMatching(/^deadlock: "stuck" waits for ever/u),
    ]);
  });

  it.each(Array.from({ length: 8 }, (_, index) => index))(
    '[L1.8] and the findings are those of every order (tangles of seed %i)',
    (seed) => {
      let reduced = 0;
      for (let one = 0; one < 25; one += 1) if (compared(new Tangle(new Dice(seed * 1_000 + one)).draw()) !== undefined) reduced += 1;
      expect(reduced).toBeGreaterThan(1);
    },
  );
});
