import type { ProcessEntry } from '../../compile/compile-set';
import type { CompiledForm } from '../../compile/deployment';
import { type Control, controlsOf } from '../../compile/locked';
import { quoted } from '../../language/suggestion';
import type { Node, UserTaskNode } from '../../runtime/process-model';
import { analysisModelOf } from '../analysis-model';
import { type Edge, type Exploration, explore, type SearchBounds } from '../explore';
import { completesItself, doesTheSame, hollowed, newWriters } from './likeness';
import { findWay } from './walk';

/** A process whose controls are judged, beside the document that says them. */
export interface Judged {
  entry: ProcessEntry;
  /** The process without overlays; undefined where it is that itself, or has findings. */
  base: ProcessEntry | undefined;
  /** What steps of the document are called in the process, by their ids there. */
  names: ReadonlyMap<string, string>;
  forms: ReadonlyMap<string, CompiledForm>;
  given: ReadonlySet<string>;
}

/** A control with what came of it. */
export interface Judgement {
  control: Control;
  verdict: 'kept' | Unknown | { broken: string; way: Edge[] };
}

/** Why nothing can be said of a control. */
interface Unknown {
  unknown: string;
}

/** Judges the controls of a process by the states that can be reached. `bounds` are made anew for the one search that this takes. */
export function judge(judged: Judged, bounds: SearchBounds): { judgements: Judgement[]; exploration: Exploration | undefined } {
  const controls = controlsOf(judged.entry.document);
  if (controls.length === 0) return { judgements: [], exploration: undefined };
  return new Judge(judged, bounds).judgeAll(controls);
}

class Judge {
  readonly #nodes: Readonly<Record<string, Node>>;
  readonly #original: ReadonlyMap<string, string>;

  constructor(
    private readonly judged: Judged,
    private readonly bounds: SearchBounds,
  ) {
    this.#nodes = judged.entry.compiled.model.nodes;
    this.#original = new Map([...judged.names].map(([before, now]) => [now, before]));
  }

  judgeAll(controls: readonly Control[]): { judgements: Judgement[]; exploration: Exploration } {
    const { model } = this.judged.entry.compiled;
    const watched = new Set(controls.flatMap((control) => this.#watched(control)));
    const exploration = explore(analysisModelOf(model, this.judged.forms, this.judged.given), this.bounds, watched);
    const judgements = controls.map((control): Judgement => {
      const broken = control.kind === 'before' ? this.#before(control, exploration) : this.#fourEyes(control, exploration);
      return { control, verdict: broken ?? unknownIn(exploration) ?? 'kept' };
    });
    return { judgements, exploration };
  }

  /** The node that a step of the document is now. */
  #now(step: string): Node | undefined {
    return this.#nodes[this.judged.names.get(step) ?? (this.#original.has(step) ? '' : step)];
  }

  /** The node that a node was without overlays. */
  #originalOf(id: string): Node | undefined {
    const { base, names } = this.judged;
    if (base === undefined) return this.#nodes[id];
    const was = this.#original.get(id) ?? (names.has(id) ? undefined : id);
    return was === undefined ? undefined : base.compiled.model.nodes[was];
  }

  /** The step as it is now, and what overlays have put elsewhere that does the same. */
  #alike(step: string): Node[] {
    const base = this.judged.base?.compiled.model.nodes[step];
    const now = this.#now(step);
    const others =
      base === undefined
        ? []
        : Object.values(this.#nodes).filter((node) => node !== now && this.#isNew(node.id) && doesTheSame(base, node));
    return now === undefined ? others : [now, ...others];
  }

  #isNew(id: string): boolean {
    return this.judged.base !== undefined && this.#originalOf(id) === undefined;
  }

  #watched(control: Control): string[] {
    if (control.kind === 'before') return [control.before, ...control.needs].flatMap((step) => this.#alike(step).map(({ id }) => id));
    return [...(this.#now(control.step) === undefined ? [] : [this.#now(control.step)?.id ?? '']), ...this.#writers(control.step)];
  }

  #before(control: Extract<Control, { kind: 'before' }>, exploration: Exploration): Judgement['verdict'] | undefined {
    const guarded = new Set(this.#alike(control.before).map(({ id }) => id));
    const needs = control.needs.map((step) => this.#needed(step));
    const all = 2 ** needs.length - 1;
    let missing = 0;
    const way = findWay(exploration, (memory, { node, what, outcome }, edge) => {
      if (what === 'reached') {
        if (!guarded.has(node) || memory === all) return memory;
        missing = memory;
        return 'broken';
      }
      return needs.reduce((now, need, index) => {
        if (!need.nodes.has(node)) return now;
        const byItself = edge.happening.kind === 'timer' && edge.happening.node === node && !need.mayBeTimed;
        const fits = !byItself && (control.outcome === undefined || outcome === control.outcome);
        const bit = 2 ** index;
        const had = Math.floor(now / bit) % 2 === 1;
        if (fits) return had ? now : now + bit;
        return had && control.outcome !== undefined ? now - bit : now;
      }, memory);
    });
    if (way === undefined) return undefined;
    const lacking = needs.findIndex((_, index) => Math.floor(missing / 2 ** index) % 2 === 0);
    const { name, why } = needs[lacking] as (typeof needs)[number];
    const how = control.outcome === undefined ? 'completed' : `completed as ${quoted(control.outcome)}`;
    const reached = this.#now(control.before)?.id ?? control.before;
    return { broken: `a case reaches ${quoted(reached)} without ${quoted(name)} ${how}${why === undefined ? '' : ` (it ${why})`}`, way };
  }

  #needed(step: string): { name: string; nodes: ReadonlySet<string>; mayBeTimed: boolean; why?: string } {
    const base = this.judged.base?.compiled.model.nodes[step];
    const now = this.#now(step);
    const alike = this.#alike(step);
    const reasons = new Map(base === undefined ? [] : alike.map((node) => [node.id, hollowed(base, node)] as const));
    const nodes = new Set(alike.filter(({ id }) => reasons.get(id) === undefined).map(({ id }) => id));
    const why = now === undefined ? 'is gone' : reasons.get(now.id);
    const from = base ?? now;
    const mayBeTimed = from !== undefined && completesItself(from);
    return { name: now?.id ?? step, nodes, mayBeTimed, ...(why === undefined ? {} : { why }) };
  }

  #fourEyes({ step }: Extract<Control, { kind: 'fourEyes' }>, exploration: Exploration): Judgement['verdict'] | undefined {
    const base = this.judged.base?.compiled.model.nodes[step];
    if (base?.kind !== 'userTask') return undefined;
    const now = this.#now(step);
    if (now?.kind !== 'userTask') {
      const what = now === undefined ? 'is gone' : `is a ${now.kind} now`;
      return { broken: `${quoted(step)} ${what}, so that nobody looks a second time`, way: [] };
    }
    const lost = this.#lostExclusions(base, now);
    if (lost !== undefined) {
      const way = findWay(exploration, (memory, { node, what }) => (node === now.id && what === 'completed' ? 'broken' : memory));
      if (way !== undefined) return { broken: `${quoted(now.id)} may be completed by whom ${lost} names`, way };
    }
    const writers = new Set(this.#writers(step));
    let writer = '';
    const way = findWay(exploration, (memory, { node, what }) => {
      if (writers.has(node) && what === 'completed') {
        writer = node;
        return 1;
      }
      return memory === 1 && node === now.id && what === 'reached' ? 'broken' : memory;
    });
    if (way === undefined) return undefined;
    return { broken: `${quoted(writer)} writes before ${quoted(now.id)} what its "exclude" reads, so that it may name somebody else`, way };
  }

  #lostExclusions(base: UserTaskNode, now: UserTaskNode): string | undefined {
    const kept = new Set(now.assign.exclude.map(({ text }) => normal(text)));
    const lost = base.assign.exclude.find(({ text }) => !kept.has(normal(text)));
    if (lost !== undefined) return quoted(`=${lost.text}`);
    const steps = new Set(now.assign.notSameAs ?? []);
    const gone = (base.assign.notSameAs ?? []).find((step) => !steps.has(this.judged.names.get(step) ?? step));
    return gone === undefined ? undefined : `"notSameAs: ${gone}"`;
  }

  /** Steps that write what the exclusions of a step read, otherwise than the document itself has it. */
  #writers(step: string): string[] {
    const base = this.judged.base?.compiled.model.nodes[step];
    if (base?.kind !== 'userTask') return [];
    const reads = new Set(base.assign.exclude.flatMap((expression) => expression.reads));
    return newWriters(this.judged.entry.compiled.model, (id) => this.#originalOf(id), reads);
  }
}

function unknownIn({ complete, states, halts }: Exploration): Unknown | undefined {
  const strange = halts.find(({ artefact }) => artefact !== undefined)?.artefact;
  if (strange !== undefined)
    return { unknown: `a case stops at ${quoted(strange.node)} (${strange.code}), and nobody knows how it goes on` };
  return complete ? undefined : { unknown: `there are more states than the ${states.length} that were looked at` };
}

function normal(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trim();
}
