import type { ProcessModel } from '../../engine/runtime/process-model';
import { type BareNode, boundary, call, exclusive, feel, graph, parallel, pause, receive, script, service, task, waitFor } from './graph';

/** A small deterministic generator (mulberry32): the same seed draws the same process and the same path. */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** A whole number from 0 to `sides` - 1. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  }
  pick<T>(from: readonly T[]): T {
    return from[this.roll(from.length)] as T;
  }
}

/** Draws a sound process from blocks, depth 3 at most: every path through it ends. */
class Drawing {
  readonly nodes: Record<string, BareNode> = {};
  readonly lines: string[] = [];
  #next = 0;

  constructor(
    readonly dice: Dice,
    readonly callable: string[],
  ) {}

  add(node: BareNode, prefix: string): string {
    this.#next += 1;
    const id = `${prefix}${this.#next}`;
    this.nodes[id] = node;
    return id;
  }

  join(from: string, to: string, condition?: string): void {
    this.lines.push(`${from} -> ${to}${condition === undefined ? '' : ` ? ${condition}`}`);
  }

  /** Draws a block behind `from` and gives the node at its end. */
  block(from: string, depth: number): string {
    const leaf = [this.#task, this.#service, this.#script, this.#pause, this.#receive, this.#guardedTask, this.#known, this.#call];
    const nested = [this.#sequence, this.#exclusive, this.#parallel, this.#loop];
    return this.dice.pick(depth > 0 ? [...nested, ...nested, ...leaf] : leaf).call(this, from, depth);
  }

  #leaf(from: string, node: BareNode, prefix: string): string {
    const id = this.add(node, prefix);
    this.join(from, id);
    return id;
  }
  #task = (from: string) =>
    this.#leaf(
      from,
      task({
        result: `r${this.#next}`,
        due: { after: 'PT1H' },
        overdue: [{ id: 'urge', after: 'PT1H', every: 'PT1H', times: 2, action: { kind: 'urge' } }],
      }),
      'task',
    );
  #service = (from: string) => this.#leaf(from, service(), 'ask');
  #script = (from: string) => this.#leaf(from, script(`v${this.#next}`, '1 + 1'), 'set');
  #pause = (from: string) => this.#leaf(from, pause('PT2H'), 'pause');
  #receive = (from: string) => this.#leaf(from, receive('news', `"${this.#next}"`, `m${this.#next}`), 'news');
  #known = (from: string) => this.#leaf(from, waitFor('case.startedBy != null'), 'known');
  #call = (from: string) => (this.callable.length === 0 ? this.#task(from) : this.#leaf(from, call(this.dice.pick(this.callable)), 'call'));

  #guardedTask = (from: string) => {
    const guarded = this.#task(from);
    const merge = this.add(exclusive(), 'merge');
    const interrupting = this.dice.roll(2) === 0;
    const late = this.add(boundary(guarded, { kind: 'timer', timer: { after: 'PT3H' } }, { interrupting }), 'late');
    const after = this.#script(late);
    this.join(after, interrupting ? merge : this.#sideEnd());
    this.join(guarded, merge);
    return merge;
  };

  #sideEnd(): string {
    return this.add({ kind: 'endEvent', name: 'side', terminate: false }, 'side');
  }

  #sequence = (from: string, depth: number) => this.block(this.block(from, depth - 1), depth - 1);

  #exclusive = (from: string, depth: number) => {
    const chosen = this.add(script('choice', String(this.dice.roll(3))), 'choose');
    this.join(from, chosen);
    const split = this.add(exclusive(), 'which');
    const merge = this.add(exclusive(), 'merge');
    this.join(chosen, split);
    for (const [index, condition] of ['choice = 0', 'choice = 1', 'choice > 1'].entries()) {
      const first = this.add(script(`branch${index}`, 'true'), 'branch');
      this.join(split, first, condition);
      this.join(this.dice.roll(3) === 0 ? first : this.block(first, depth - 1), merge);
    }
    return merge;
  };

  #parallel = (from: string, depth: number) => {
    const split = this.add(parallel(), 'split');
    const join = this.add(parallel(), 'join');
    this.join(from, split);
    for (let branch = 0; branch < 2 + this.dice.roll(2); branch += 1) this.join(this.block(split, depth - 1), join);
    return join;
  };

  #loop = (from: string, depth: number) => {
    const counter = `turn${this.#next}`;
    const head = this.add(exclusive(), 'again');
    const count = this.add(script(counter, `(if ${counter} = null then 0 else ${counter}) + 1`), 'count');
    const split = this.add(exclusive(), 'enough');
    const out = this.add(script(counter, 'null'), 'out');
    this.join(from, head);
    this.join(this.block(head, depth - 1), count);
    this.join(count, split);
    this.join(split, head, `${counter} < 2`);
    this.join(split, out, `${counter} >= 2`);
    return out;
  };
}

function draw(id: string, dice: Dice, depth: number, callable: string[]): ProcessModel {
  const drawing = new Drawing(dice, callable);
  drawing.join(drawing.block('start', depth), 'end');
  return graph(id, drawing.lines.join('\n'), drawing.nodes, { result: feel('"done"') });
}

/** A random process and two that it may call. */
export function randomProcess(dice: Dice): ProcessModel[] {
  const inner = draw('inner', dice, 1, []);
  const middle = draw('middle', dice, 1, ['inner']);
  return [draw('outer', dice, 3, ['inner', 'middle']), middle, inner];
}
