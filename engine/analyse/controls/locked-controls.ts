import type { CompiledSources } from '../../compile/compile';
import { type Control, controlsOf } from '../../compile/locked';
import type { Effective } from '../../compile/overlay/effective';
import { operationsOf } from '../../compile/overlay/effective';
import type { Tailoring } from '../../compile/overlay/tailor';
import { findingAt, type Place } from '../../language/finding';
import { quoted } from '../../language/suggestion';
import type { CheckedFinding } from '../check';
import type { SearchBounds } from '../explore';
import { givenVariables } from '../given-variables';
import { describe } from '../trace-words';
import { type Judged, type Judgement, judge } from './judge';

/** What judging needs from its caller: bounds that are made anew for each search, and what it remembers of earlier ones. */
export interface JudgePorts {
  bounds(): SearchBounds;
  /** Judgements by what they depend on. */
  remembered: Map<string, Judgement[]>;
}

/**
 * Judges the controls of all processes, as their documents say them and as overlays make them at each dealership. A control that is broken, or that
 * cannot be judged because there are too many states, is an error: of an overlay at the first operation with which it is so.
 */
export function lockedFindings(sources: CompiledSources, ports: JudgePorts): CheckedFinding[] {
  return new Controls(sources, ports).findings();
}

class Controls {
  constructor(
    private readonly sources: CompiledSources,
    private readonly ports: JudgePorts,
  ) {}

  findings(): CheckedFinding[] {
    const found: CheckedFinding[] = [];
    const broken = new Set<string>();
    for (const [process, entry] of this.sources.processes) {
      if (controlsOf(entry.document).length === 0) continue;
      const judgements = this.#judge({ entry, base: undefined, names: new Map(), forms: this.sources.forms, given: this.#given(process) });
      for (const { control, verdict } of judgements) {
        if (verdict === 'kept') continue;
        broken.add(`${process} ${control.id}`);
        found.push(this.#finding(process, entry.document.place(control.path), control, verdict));
      }
    }
    const seen = new Set<Tailoring>();
    for (const [dealership, tailoring] of this.sources.tailored) {
      if (seen.has(tailoring)) continue;
      seen.add(tailoring);
      for (const [process, { compiled }] of tailoring.processes) {
        const base = this.sources.processes.get(process);
        if (base?.compiled.hash === compiled.hash) continue;
        for (const { control, verdict } of this.#tailored(process, tailoring)) {
          if (verdict === 'kept' || broken.has(`${process} ${control.id}`)) continue;
          const place = this.#culprit(process, tailoring, control);
          found.push(this.#finding(process, place, control, verdict, dealership));
        }
      }
    }
    return found;
  }

  #judge(judged: Judged): Judgement[] {
    const { entry, base, names } = judged;
    const locked = JSON.stringify(entry.document.value['locked']);
    const key = [entry.compiled.hash, base?.compiled.hash, JSON.stringify([...names]), locked, [...judged.given].sort().join()].join(' ');
    const known = this.ports.remembered.get(key);
    if (known !== undefined) return known;
    const { judgements } = judge(judged, this.ports.bounds());
    // what was not finished for want of time may be finished the next time
    if (judgements.every(({ verdict }) => verdict === 'kept' || 'broken' in verdict)) this.ports.remembered.set(key, judgements);
    return judgements;
  }

  #given(process: string, tailoring?: Tailoring): ReadonlySet<string> {
    const { processes } = tailoring ?? this.sources;
    return givenVariables([...processes.values()].map(({ compiled }) => compiled.model)).get(process) ?? new Set();
  }

  #tailored(process: string, tailoring: Tailoring, part?: ReturnType<Tailoring['upTo']>): Judgement[] {
    const entry = part?.entry ?? tailoring.processes.get(process);
    const base = this.sources.processes.get(process);
    if (entry === undefined || base === undefined) return [];
    const effective = part?.effective ?? tailoring.effective.get(`process:${process}`);
    const names = effective?.names ?? new Map([...base.index.ids()].map((id) => [id, id] as const));
    return this.#judge({ entry, base, names, forms: tailoring.catalogue.forms, given: this.#given(process, tailoring) });
  }

  /** The first operation with which a control is not kept any more. */
  #culprit(process: string, tailoring: Tailoring, control: Control): Place {
    const effective = tailoring.effective.get(`process:${process}`);
    // an overlay of a form or of a called process: what it says there is judged here
    if (effective === undefined) return this.#placeOf([...tailoring.effective.values()][0] as Effective, 0);
    let kept = 0;
    let broken = effective.overlays.reduce((sum, overlay) => sum + operationsOf(overlay), 0);
    while (broken - kept > 1) {
      const middle = Math.floor((kept + broken) / 2);
      const part = tailoring.upTo(process, middle);
      const verdict =
        part === undefined ? 'kept' : this.#tailored(process, tailoring, part).find((one) => one.control.id === control.id)?.verdict;
      if (verdict === undefined || verdict === 'kept') kept = middle;
      else broken = middle;
    }
    return this.#placeOf(effective, broken - 1);
  }

  #placeOf({ overlays }: Effective, operation: number): Place {
    let left = operation;
    for (const overlay of overlays) {
      const own = operationsOf(overlay);
      if (left < own) return overlay.place(['change', left]);
      left -= own;
    }
    throw new Error('invariant: an effective document has overlays');
  }

  #finding(
    process: string,
    place: Place,
    control: Control,
    verdict: Exclude<Judgement['verdict'], 'kept'>,
    dealership?: string,
  ): CheckedFinding {
    const at = dealership === undefined ? '' : ` at ${quoted(dealership)}`;
    const reason = control.reason === undefined ? '' : `; it is locked because: ${control.reason.zh} / ${control.reason.en}`;
    const name = `the control ${quoted(control.id)} of ${quoted(process)}`;
    if ('unknown' in verdict) {
      const message = `whether ${name} is kept${at} cannot be said: ${verdict.unknown}${reason}`;
      const remedy = 'give the step that stops a value for every case, or make the process smaller: move a part into a process of its own';
      return findingAt(place, { rule: 'locked-unchecked', message, remedy });
    }
    const after = verdict.way.length === 0 ? '' : `, after ${describe(verdict.way)}`;
    const message = `${name} is broken${at}: ${verdict.broken}${after}${reason}`;
    const remedy = dealership === undefined ? 'change the process so that it is kept' : 'change the overlay so that it is kept';
    const finding = findingAt(place, { rule: 'locked-control', message, remedy });
    if (verdict.way.length === 0) return finding;
    return { ...finding, trace: { process, edges: verdict.way, ...(dealership === undefined ? {} : { dealership }) } };
  }
}
