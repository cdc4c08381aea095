import type { CompiledDealership, Finding, SourceFile } from '../../compile/deployment';
import { feelText } from '../../compile/expressions';
import { mapOf } from '../../compile/step-document';
import { compileExpression } from '../../feel/compile';
import type { Json, JsonObject } from '../../json';
import { readDocument } from '../../language/documents';
import { type Complaint, findingAt } from '../../language/finding';
import { checkSchema } from '../../language/schema-check';
import type { Path, SourceDocument } from '../../language/source-document';
import { quoted, suggestion } from '../../language/suggestion';
import { durationMs, instantMs } from '../../runtime/durations';
import type { ProcessModel } from '../../runtime/process-model';
import type { Experience } from './learn-workload';
import { workloadLimits } from './run-workload';
import type { Length, Work, Workload } from './workload';

const defaultStart = '2026-03-02T09:00:00+08:00';
const defaultWork: Work = { takes: { kind: 'fixed', ms: 600_000 }, data: {} };

/** Reads a workload for dealerships that were compiled; undefined where there is a finding. `experience` is taken where it says nothing. */
export function readWorkload(
  file: SourceFile,
  dealerships: Readonly<Record<string, CompiledDealership>>,
  experience?: Experience,
): { workload?: Workload; findings: Finding[] } {
  const { document, findings } = readDocument(file);
  if (document === undefined) return { findings };
  if (document.kind !== 'workload') {
    const complaint = { rule: 'document-kind', message: 'this is no workload', remedy: 'begin with "workload: <title>"' };
    return { findings: [findingAt(document.place([]), complaint)] };
  }
  const deviations = [...findings, ...checkSchema(document)];
  if (deviations.length > 0) return { findings: deviations };
  const reader = new WorkloadReader(document, dealerships, experience);
  const workload = reader.read();
  return reader.findings.length > 0 ? { findings: reader.findings } : { ...(workload === undefined ? {} : { workload }), findings: [] };
}

class WorkloadReader {
  readonly findings: Finding[] = [];

  constructor(
    private readonly document: SourceDocument,
    private readonly dealerships: Readonly<Record<string, CompiledDealership>>,
    private readonly experience: Experience | undefined,
  ) {}

  read(): Workload | undefined {
    const { value } = this.document;
    const id = String(value['dealership']);
    const dealership = this.dealerships[id];
    if (dealership === undefined) {
      this.unknown(['dealership'], 'unknown-dealership', 'dealership', id, Object.keys(this.dealerships));
      return undefined;
    }
    const processId = String(value['process']);
    const model = dealership.processes[processId]?.model;
    if (model === undefined) {
      this.unknown(['process'], 'unknown-process', 'process', processId, Object.keys(dealership.processes));
      return undefined;
    }
    const atMs = instantMs(String(value['at'] ?? defaultStart), 'UTC') ?? 0;
    const arrivals = mapOf(value['arrivals']);
    const steps = stepsOf(dealership);
    const { '*': otherWork = defaultWork, ...declared } = this.work(steps);
    const work = { ...this.learnt(otherWork), ...declared };
    return {
      title: String(value['workload']),
      process: processId,
      dealership: id,
      atMs,
      cases: Number(arrivals['cases']),
      seed: Number(value['seed'] ?? 1),
      every: this.every(arrivals),
      ...this.calendar('arrivals', ['arrivals', 'calendar'], dealership),
      start: this.start(model),
      staff: this.staff(dealership),
      ...this.calendar('hours', ['hours'], dealership),
      work,
      otherWork,
      replies: this.entries('answers', steps, (reply) => ({
        after: lengthOf(reply['after']),
        output: reply['output'] ?? null,
        failing: Number(reply['failing'] ?? 0),
        errorCode: typeof reply['error'] === 'string' ? reply['error'] : null,
      })),
      messages: this.entries('messages', steps, (message) => ({
        after: lengthOf(message['after']),
        variables: mapOf(message['variables']),
      })),
    };
  }

  private every(arrivals: JsonObject): Length {
    if (arrivals['every'] !== undefined) return lengthOf(arrivals['every']);
    const { everyMs } = this.experience ?? {};
    if (everyMs === undefined) {
      const remedy = 'write for example "every: { about: PT30M }", or name recorded cases that began at different times';
      this.complain(['arrivals'], { rule: 'missing-key', message: 'nothing says how often cases come', remedy });
    }
    return { kind: 'exponential', ms: everyMs ?? 0 };
  }

  /** How steps went in recorded cases. */
  private learnt(otherWork: Work): Record<string, Work> {
    const steps = Object.entries(this.experience?.work ?? {}).map(([step, { outcomes, takesMs }]): [string, Work] => [
      step,
      {
        ...otherWork,
        ...(outcomes === undefined ? {} : { outcomes }),
        ...(takesMs === undefined ? {} : { takes: { kind: 'exponential', ms: takesMs } }),
      },
    ]);
    return Object.fromEntries(steps);
  }

  private calendar<K extends 'arrivals' | 'hours'>(key: K, path: Path, { calendars }: CompiledDealership) {
    const id = this.document.at(path);
    if (id === undefined) return {};
    const calendar = calendars[String(id)];
    if (calendar === undefined) this.unknown(path, 'unknown-calendar', 'calendar', String(id), Object.keys(calendars));
    return calendar === undefined ? {} : { [key]: calendar };
  }

  private staff({ roles }: CompiledDealership): Workload['staff'] {
    const given = mapOf(this.document.value['staff']);
    const staff: Workload['staff'] = { ...roles, ...this.experience?.staff };
    for (const [role, people] of Object.entries(given)) {
      if (!Object.hasOwn(roles, role)) this.unknown(['staff', role], 'unknown-role', 'role', role, Object.keys(roles), 'key');
      staff[role] = Array.isArray(people) ? people.map(String) : Array.from({ length: Number(people) }, (_, at) => `${role}-${at + 1}`);
    }
    const count = Object.values(staff).reduce((sum, people) => sum + people.length, 0);
    if (count > workloadLimits.staff) {
      this.complain(['staff'], { rule: 'too-large', message: `there are ${count} people`, remedy: `name at most ${workloadLimits.staff}` });
    }
    return staff;
  }

  private work(steps: ReadonlySet<string>): Record<string, Work> {
    return this.entries('work', new Set([...steps, '*']), (work, step) => ({
      takes: lengthOf(work['takes']),
      ...(work['outcomes'] === undefined ? {} : { outcomes: mapOf(work['outcomes']) as Record<string, number> }),
      data: this.values(['work', step, 'with']),
    }));
  }

  private entries<T>(key: string, steps: ReadonlySet<string>, read: (entry: JsonObject, step: string) => T): Record<string, T> {
    const entries = Object.entries(mapOf(this.document.value[key]));
    for (const [step] of entries) if (!steps.has(step)) this.unknown([key, step], 'unknown-step', 'step', step, steps, 'key');
    return Object.fromEntries(entries.map(([step, entry]) => [step, read(mapOf(entry), step)]));
  }

  private start(model: ProcessModel): Workload['start'] {
    for (const name of Object.keys(mapOf(this.document.value['start']))) {
      if (Object.hasOwn(model.variables, name) || model.additionalVariables === true) continue;
      this.unknown(['start', name], 'unknown-variable', 'variable', name, Object.keys(model.variables), 'key');
    }
    return this.values(['start']);
  }

  /** The map of values at a path; expressions in it read what a workload has to tell. */
  private values(path: Path): Workload['start'] {
    const known = ['number', 'pick', 'settings'];
    const names = { has: (name: string) => known.includes(name), typeOf: () => ({ kind: 'any' }) as const, list: () => known };
    const values: Workload['start'] = {};
    for (const [name, value] of Object.entries(mapOf(this.document.at(path)))) {
      const text = feelOf(value);
      const compiled = text === undefined ? undefined : compileExpression(text, names);
      if (compiled === undefined) values[name] = { literal: value };
      else if (compiled.ok) values[name] = compiled.expression;
      else {
        const [problem] = compiled.problems;
        this.complain([...path, name], { rule: 'expression', message: problem?.message ?? '', remedy: problem?.remedy ?? '' });
      }
    }
    return values;
  }

  private unknown(path: Path, rule: string, what: string, id: string, known: Iterable<string>, part: 'key' | 'value' = 'value'): void {
    const remedy = suggestion(id, known) ?? `write the name of a ${what} that is there`;
    this.complain(path, { rule, message: `there is no ${what} ${quoted(id)}`, remedy }, part);
  }

  private complain(path: Path, complaint: Complaint, part: 'key' | 'value' = 'value'): void {
    this.findings.push(findingAt(this.document.place(path, part), complaint));
  }
}

/** FEEL for a value that holds an expression at any depth; undefined for data. */
function feelOf(value: Json): string | undefined {
  if (typeof value === 'string' && value.startsWith('=')) return `(${value.slice(1)})`;
  if (value === null || typeof value !== 'object') return undefined;
  const entries = Object.entries(value).map(([key, member]) => [key, feelOf(member)] as const);
  if (entries.every(([, text]) => text === undefined)) return undefined;
  const texts = entries.map(([key, text]) => [key, text ?? feelText((value as JsonObject)[key] as Json)] as const);
  return Array.isArray(value)
    ? `[${texts.map(([, text]) => text).join(', ')}]`
    : `{${texts.map(([key, text]) => `${JSON.stringify(key)}: ${text}`).join(', ')}}`;
}

function stepsOf(dealership: CompiledDealership): ReadonlySet<string> {
  return new Set(Object.values(dealership.processes).flatMap(({ model }) => Object.keys(model.nodes)));
}

function lengthOf(value: Json | undefined): Length {
  if (typeof value === 'string') return { kind: 'fixed', ms: durationMs(value) ?? 0 };
  const { about, least, most } = mapOf(value);
  if (about !== undefined) return { kind: 'exponential', ms: durationMs(String(about)) ?? 0 };
  return { kind: 'between', leastMs: durationMs(String(least)) ?? 0, mostMs: durationMs(String(most)) ?? 0 };
}
