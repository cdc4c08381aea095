import type { Expression } from '../../engine/feel/expression';
import type { LoopRule, ProcessModel, SigningRule } from '../../engine/runtime/process-model';
import {
  awaiting,
  type BareNode,
  boundary,
  call,
  complex,
  decide,
  exclusive,
  feel,
  firstEvent,
  graph,
  hear,
  inclusive,
  manual,
  parallel,
  pause,
  receive,
  script,
  send,
  sending,
  service,
  sub,
  task,
  throwing,
  times,
  waitFor,
} from './graph';

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

/** Draws a sound process from blocks, four deep: whatever happens in it, it can come to its end. */
class Drawing {
  readonly nodes: Record<string, BareNode> = {};
  readonly lines: string[] = [];
  #next = 0;
  /** The sub-process that is being drawn. */
  #parent: string | undefined;
  /** User tasks that were drawn before, in the sub-processes around, too: where a task may be sent back to. */
  #earlier: string[] = [];

  constructor(
    readonly dice: Dice,
    readonly callable: string[],
    /** The process: critical sections are of the whole case, and each process has its own. */
    readonly process: string,
    /** Also what came to be drawn later: without it seeds that failed before draw what they drew then. */
    readonly isLater: boolean,
  ) {}

  add(node: BareNode, prefix: string): string {
    this.#next += 1;
    const id = `${prefix}${this.#next}`;
    this.nodes[id] = this.#parent === undefined ? node : { ...node, parent: this.#parent };
    return id;
  }

  join(from: string, to: string, condition?: string): void {
    this.lines.push(`${from} -> ${to}${condition === undefined ? '' : ` ? ${condition}`}`);
  }

  /** Draws a block behind `from` and gives the node at its end. */
  block(from: string, depth: number): string {
    const leaf = this.dice.pick([this.#task, this.#task, this.#signing, this.#automatic, this.#waiting, this.#guardedTask, this.#call]);
    if (depth === 0 || this.dice.roll(3) === 0) return leaf(from);
    const blocks = [this.#sequence, this.#exclusive, this.#parallel, this.#loop, this.#inclusive, this.#complex, this.#firstEvent];
    const scopes = [this.#subProcess, this.#repeated, this.#undone, this.#transaction, this.#adHoc, this.#sections, this.#milestone];
    return this.dice.pick([...blocks, ...scopes])(from, depth - 1);
  }

  #leaf(from: string, node: BareNode, prefix: string): string {
    const id = this.add(node, prefix);
    this.join(from, id);
    return id;
  }

  #task = (from: string) => {
    const to = [...this.#earlier];
    const [after, effects] = [this.dice.pick(['again', 'straightBack'] as const), this.dice.pick(['compensate', 'refuse'] as const)];
    const id = this.#leaf(
      from,
      task({
        result: `r${this.#next}`,
        due: { after: 'PT1H' },
        overdue: [{ id: 'urge', after: 'PT1H', every: 'PT1H', times: 2, action: { kind: 'urge' } }],
        mayAddSigners: ['before', 'beside', 'after'],
        withdraw: 'untilNextBegun',
        ...(to.length === 0 ? {} : { return: { to, after, effects, maximum: 2, signing: this.dice.pick(['all', 'mine'] as const) } }),
        ...(this.dice.roll(4) === 0 ? { assign: { roles: ['clerk'], users: [], exclude: [], distribute: 'roundRobin' as const } } : {}),
      }),
      'task',
    );
    this.#earlier.push(id);
    return id;
  };

  #signing = (from: string) => {
    const mode = this.dice.pick(['all', 'any', 'vote', 'sequential'] as const);
    const vote = mode === 'vote' ? { share: '0.5', of: this.dice.pick(['signers', 'votes'] as const) } : {};
    const [early, samePerson] = [this.dice.roll(2) === 0, this.dice.pick(['each', 'once'] as const)];
    const signing: SigningRule = { mode, ...vote, early, tie: 'agree', samePerson };
    const outcomes = ['yes', 'no'].map((id) => ({ id, title: { zh: id, en: id } }));
    const assign = { roles: ['clerk', 'manager'], users: [], exclude: [] };
    const id = this.#leaf(
      from,
      task({ result: `r${this.#next}`, signing, outcomes, assign, mayAddSigners: ['before', 'beside', 'after'] }),
      'sign',
    );
    this.#earlier.push(id);
    return id;
  };

  #automatic = (from: string) => {
    const key = `"${this.#next}"`;
    const nodes: [BareNode, string][] = [
      [service(), 'ask'],
      [script(`v${this.#next}`, '1 + 1'), 'set'],
      [manual(), 'manual'],
      [decide('1', `d${this.#next}`), 'decide'],
      [send('news', key), 'send'],
      [sending('news', key), 'post'],
      [throwing(), 'mark'],
      [throwing({ kind: 'signal', name: 'bell', variables: {} }), 'ring'],
    ];
    const [node, prefix] = this.dice.pick(nodes);
    return this.#leaf(from, node, prefix);
  };

  #waiting = (from: string) => {
    const key = `"${this.#next}"`;
    const nodes: [BareNode, string][] = [
      [pause('PT2H'), 'pause'],
      [receive('news', key, `m${this.#next}`), 'news'],
      [awaiting('news', key, `m${this.#next}`), 'await'],
      [hear('bell'), 'hear'],
      [waitFor('case.startedBy != null'), 'known'],
    ];
    const [node, prefix] = this.dice.pick(nodes);
    return this.#leaf(from, node, prefix);
  };

  #call = (from: string) => (this.callable.length === 0 ? this.#task(from) : this.#leaf(from, call(this.dice.pick(this.callable)), 'call'));

  #guardedTask = (from: string) => this.#withEvent(this.#task(from));

  /** A boundary event at an activity: both ways meet again, or what does not interrupt ends by itself. */
  #withEvent(guarded: string): string {
    const triggers = [
      { kind: 'timer', timer: { after: 'PT3H' } },
      { kind: 'signal', name: 'bell' },
      { kind: 'message', message: { name: 'stop', key: feel('"k"') } },
      ...(this.isLater ? [{ kind: 'condition', condition: feel('choice = 1') } as const] : []),
    ] as const;
    const merge = this.add(exclusive(), 'merge');
    const interrupting = this.dice.roll(2) === 0;
    const late = this.add(boundary(guarded, this.dice.pick(triggers), { interrupting }), 'late');
    const after = this.#leaf(late, script(`late${this.#next}`, 'true'), 'set');
    this.join(after, interrupting ? merge : this.#sideEnd());
    this.join(guarded, merge);
    return merge;
  }

  #sideEnd(): string {
    return this.add({ kind: 'endEvent', name: 'side', terminate: false }, 'side');
  }

  #sequence = (from: string, depth: number) => this.block(this.block(from, depth), depth);

  #exclusive = (from: string, depth: number) => {
    const chosen = this.#leaf(from, script('choice', String(this.dice.roll(3))), 'choose');
    const split = this.#leaf(chosen, exclusive(), 'which');
    const merge = this.add(exclusive(), 'merge');
    for (const condition of ['choice = 0', 'choice = 1', 'choice > 1']) {
      const first = this.add(script('chosen', 'true'), 'branch');
      this.join(split, first, condition);
      this.join(this.dice.roll(3) === 0 ? first : this.block(first, depth), merge);
    }
    return merge;
  };

  #branches(split: string, depth: number, join: string, count: number): void {
    const before = this.#earlier;
    for (let branch = 0; branch < count; branch += 1) {
      this.#earlier = [...before];
      this.join(this.block(split, depth), join);
    }
    this.#earlier = before;
  }

  #parallel = (from: string, depth: number) => {
    const split = this.#leaf(from, parallel(), 'split');
    const join = this.add(parallel(), 'join');
    this.#branches(split, depth, join, 2 + this.dice.roll(2));
    return join;
  };

  #complex = (from: string, depth: number) => {
    const split = this.#leaf(from, parallel(), 'split');
    const count = 2 + this.dice.roll(2);
    const join = this.add(complex(1 + this.dice.roll(count), count, this.dice.pick(['ignore', 'block', 'cancel'] as const)), 'need');
    this.#branches(split, depth, join, count);
    return join;
  };

  #inclusive = (from: string, depth: number) => {
    const split = this.#leaf(from, inclusive(), 'some');
    const join = this.add(inclusive(), 'or');
    for (const condition of ['true', this.dice.roll(2) === 0 ? 'true' : 'false']) {
      const first = this.add(script('taken', 'true'), 'branch');
      this.join(split, first, condition);
      const last = this.block(first, depth);
      this.join(last, this.dice.roll(4) === 0 && condition === 'false' ? this.#sideEnd() : join);
    }
    return join;
  };

  #firstEvent = (from: string, depth: number) => {
    const wait = this.#leaf(from, firstEvent(), 'first');
    const merge = this.add(exclusive(), 'merge');
    for (const [node, prefix] of [
      [pause('PT1H'), 'late'],
      [hear('bell'), 'rang'],
      [receive('first', '"k"', 'firstOf'), 'came'],
    ] as const) {
      const event = this.#leaf(wait, node, prefix);
      this.join(this.dice.roll(2) === 0 ? event : this.block(event, depth), merge);
    }
    return merge;
  };

  #loop = (from: string, depth: number) => {
    const counter = `turn${this.#next}`;
    const head = this.#leaf(from, exclusive(), 'again');
    const count = this.#leaf(this.block(head, depth), script(counter, `(if ${counter} = null then 0 else ${counter}) + 1`), 'count');
    const split = this.#leaf(count, exclusive(), 'enough');
    const out = this.add(script(counter, 'null'), 'out');
    this.join(split, head, `${counter} < 2`);
    this.join(split, out, `${counter} >= 2`);
    return out;
  };

  /** Draws inside of a sub-process; what is drawn there stays in it. */
  #inside(parent: string, draw: () => void): void {
    const [outer, earlier] = [this.#parent, this.#earlier];
    this.#parent = parent;
    this.#earlier = [...earlier];
    draw();
    this.#parent = outer;
    this.#earlier = earlier;
  }

  #plainEnd(from: string): void {
    this.join(from, this.add({ kind: 'endEvent', name: '', terminate: false }, 'over'));
  }

  /** A sub-process with a start, a body, and an event sub-process where the dice say so. */
  #filled(from: string, prefix: string, depth: number, more: Parameters<typeof sub>[1] = {}): string {
    const id = this.#leaf(from, sub([], more), prefix);
    const eventSubProcesses: string[] = [];
    let entry = '';
    this.#inside(id, () => {
      entry = this.add({ kind: 'startEvent' }, 'begin');
      const last = this.block(entry, depth);
      const thrown = this.dice.roll(4) === 0 ? this.#leaf(last, throwing({ kind: 'escalation', code: 'high' }), 'raise') : last;
      if (this.dice.roll(5) === 0)
        this.join(thrown, this.add({ kind: 'endEvent', name: '', terminate: false, throws: { kind: 'error', code: 'bad' } }, 'fail'));
      else this.#plainEnd(thrown);
      if (this.dice.roll(3) === 0) eventSubProcesses.push(this.eventSubProcess());
    });
    this.#complete(id, entry, eventSubProcesses);
    return id;
  }

  #complete(id: string, entry: string, eventSubProcesses: string[] = []): void {
    this.nodes[id] = { ...this.nodes[id], entries: [entry], eventSubProcesses } as BareNode;
  }

  /** An event sub-process of what is being drawn. */
  eventSubProcess(): string {
    const id = this.add(sub([], { variant: 'event' }), 'on');
    const trigger = this.dice.pick([
      { kind: 'timer', timer: { after: 'PT5H' } },
      { kind: 'signal', name: 'bell' },
      { kind: 'message', message: { name: 'event', key: feel('"k"') } },
      ...(this.isLater ? [{ kind: 'condition', condition: feel('choice > 0') } as const, { kind: 'error', code: 'bad' } as const] : []),
    ] as const);
    let entry = '';
    this.#inside(id, () => {
      this.#earlier = [];
      const interrupting = this.dice.roll(2) === 0 || trigger.kind === 'error';
      entry = this.add({ kind: 'startEvent', trigger, interrupting }, 'when');
      this.#plainEnd(this.#task(entry));
    });
    this.#complete(id, entry);
    return id;
  }

  /** Errors and escalations that are thrown inside are caught here. */
  #subProcess = (from: string, depth: number) => {
    const id = this.#filled(from, 'sub', depth);
    return this.#caught(id);
  };

  #caught(id: string): string {
    const merge = this.add(exclusive(), 'merge');
    const failed = this.add(boundary(id, { kind: 'error', code: 'bad' }), 'failed');
    const raised = this.add(boundary(id, { kind: 'escalation' }, { interrupting: this.dice.roll(2) === 0 }), 'raised');
    const node = this.nodes[raised];
    this.join(failed, merge);
    this.join(raised, node?.kind === 'boundaryEvent' && node.interrupting ? merge : this.#sideEnd());
    this.join(id, merge);
    return merge;
  }

  #repeated = (from: string, depth: number) => {
    const loop: LoopRule = this.dice.pick([
      times(2 + this.dice.roll(2)),
      times(0),
      times(3, { mode: 'sequential' }),
      times(3, { until: feel('numberOfCompletedInstances >= 2'), rest: this.dice.pick(['cancel', 'ignore'] as const) }),
      {
        kind: 'standard',
        condition: feel('loopCounter < 2'),
        test: this.dice.pick(['before', 'after'] as const),
        maximum: 5,
        variables: {},
      },
    ]);
    if (this.dice.roll(2) === 0) return this.#caught(this.#filled(from, 'each', depth, { loop }));
    const [id, before] = [`each${this.#next + 1}`, this.#earlier];
    this.#leaf(from, { ...task({ result: `r${this.#next}` }), loop } as BareNode, 'each');
    this.#earlier = before;
    return this.#withEvent(id);
  };

  #undoable(from: string): string {
    const handler = this.add({ ...this.dice.pick([task(), service(), manual()]), forCompensation: true } as BareNode, 'undo');
    const id = this.#leaf(from, { ...this.dice.pick([service(), manual(), task()]), compensation: handler } as BareNode, 'done');
    return id;
  }

  #undone = (from: string, depth: number) => {
    const id = this.#leaf(from, sub([]), 'region');
    let entry = '';
    this.#inside(id, () => {
      entry = this.add({ kind: 'startEvent' }, 'begin');
      const last = this.#undoable(this.block(this.#undoable(entry), depth));
      this.#plainEnd(this.dice.roll(2) === 0 ? last : this.#leaf(last, throwing({ kind: 'compensation' }), 'undoAll'));
    });
    this.#complete(id, entry);
    return this.dice.roll(2) === 0 ? id : this.#leaf(id, throwing({ kind: 'compensation', activity: id }), 'undoIt');
  };

  #transaction = (from: string, depth: number) => {
    const id = this.#leaf(from, sub([], { variant: 'transaction' }), 'sale');
    let entry = '';
    this.#inside(id, () => {
      entry = this.add({ kind: 'startEvent' }, 'begin');
      const last = this.block(this.#undoable(entry), depth);
      if (this.dice.roll(2) === 0) this.#plainEnd(last);
      else this.join(last, this.add({ kind: 'endEvent', name: '', terminate: false, throws: { kind: 'cancel' } }, 'cancel'));
    });
    this.#complete(id, entry);
    const merge = this.add(exclusive(), 'merge');
    this.join(this.add(boundary(id, { kind: 'cancel' }), 'cancelled'), merge);
    this.join(id, merge);
    return merge;
  };

  #adHoc = (from: string, depth: number) => {
    const activate = this.dice.pick(['all', 'byHand'] as const);
    const ordering = this.dice.pick(['parallel', 'sequential'] as const);
    const rule = this.isLater && this.dice.roll(2) === 0 ? this.#until() : { cancelRemaining: true };
    const id = this.#leaf(from, sub([], { variant: 'adHoc', adHoc: { ordering, activate, ...rule } }), 'adHoc');
    const entries: string[] = [];
    this.#inside(id, () => {
      for (let step = 0; step < 2; step += 1) {
        this.#earlier = [];
        const first = this.add(this.dice.pick([task({ result: `r${this.#next}` }), service(), sub([])]), 'any');
        entries.push(first);
        if (this.nodes[first]?.kind === 'subProcess') {
          let entry = '';
          this.#inside(first, () => {
            entry = this.add({ kind: 'startEvent' }, 'begin');
            this.#plainEnd(this.block(entry, depth));
          });
          this.#complete(first, entry);
        }
        if (this.dice.roll(2) === 0) this.#leaf(first, task({ result: `r${this.#next}` }), 'then');
      }
    });
    this.nodes[id] = { ...this.nodes[id], entries } as BareNode;
    return id;
  };

  #until(): { until: Expression; cancelRemaining: boolean } {
    return { until: feel(this.dice.pick(['true', 'false', 'choice = 1'])), cancelRemaining: this.dice.roll(2) === 0 };
  }

  /** Two branches, each with an activity of the same critical section. */
  #sections = (from: string, depth: number) => {
    const split = this.#leaf(from, parallel(), 'split');
    const join = this.add(parallel(), 'join');
    const mutex = `yard-${this.process}-${this.#next}`;
    this.join(this.#leaf(split, { ...task({ result: `r${this.#next}` }), mutex } as BareNode, 'alone'), join);
    this.join(this.#leaf(split, { ...service(), mutex } as BareNode, 'alone'), join);
    this.join(this.#caught(this.#filled(split, 'alone', depth, { mutex })), join);
    return join;
  };

  /** A task that is lost when another branch has gone on; where it waits for its time, that comes again. */
  #milestone = (from: string) => {
    const split = this.#leaf(from, parallel(), 'split');
    const join = this.add(parallel(), 'join');
    const [over, lost] = [`over${this.#next}`, this.dice.pick(['skip', 'wait'] as const)];
    const milestone = { condition: feel(`${over} != true`), lost };
    this.join(this.#leaf(split, { ...task({ result: `r${this.#next}` }), milestone } as BareNode, 'while'), join);
    const passed = this.#leaf(this.#task(split), script(over, 'true'), 'pass');
    this.join(this.#leaf(this.#task(passed), script(over, 'false'), 'back'), join);
    return join;
  };
}

function draw(id: string, dice: Dice, depth: number, callable: string[], isLater: boolean): ProcessModel {
  const drawing = new Drawing(dice, callable, id, isLater);
  drawing.join(drawing.block('start', depth), 'end');
  const eventSubProcesses = dice.roll(4) === 0 ? [drawing.eventSubProcess()] : [];
  return graph(id, drawing.lines.join('\n'), drawing.nodes, { result: feel('"done"'), eventSubProcesses });
}

/** A random process and two that it may call. `isLater`: with what the first seeds did not draw. */
export function randomProcess(dice: Dice, isLater = false): ProcessModel[] {
  const inner = draw('inner', dice, 1, [], isLater);
  const middle = draw('middle', dice, 2, ['inner'], isLater);
  return [draw('outer', dice, 4, ['inner', 'middle'], isLater), middle, inner];
}
