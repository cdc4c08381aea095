import { closureOf } from '../../engine/compile/closure';
import type { JsonObject } from '../../engine/json';
import { formatFinding } from '../../engine/language/finding';
import type { Actor } from '../../engine/runtime/events';
import { CaseSimulator } from '../../engine/simulate/case-simulator';
import { compileTexts } from '../language/compile-steps';
import { NINE_O_CLOCK } from './graph';

const ROLES = ['clerk', 'salesman', 'finance', 'warehouse', 'sales-manager', 'general-manager'];
/** Somebody who may do everything. */
export const BOSS: Actor = { user: 'boss@test', roles: ROLES };

/** A case of compiled documents in virtual time; the first process is the root. */
export class Play {
  readonly simulator: CaseSimulator;

  constructor(text: string, variables: JsonObject = {}, others: string[] = []) {
    const documents = [text, ...others];
    const ids = documents.flatMap((one) => /^process: (\S+)/mu.exec(one)?.[1] ?? []);
    const roles = ROLES.map((role) => `${role}: [boss@test]`).join(', ');
    const dealership = `dealership: test\nduties: [test]\nroles: { ${roles} }\nsettings: { transport: { priceCeiling: "1800.00" } }\n`;
    const compilation = compileTexts(...documents, dealership, `duty: test\nprocesses: [${ids.join(', ')}]\n`);
    const errors = compilation.findings.filter(({ severity, file }) => severity === 'error' && /^\d/u.test(file)).map(formatFinding);
    const compiled = compilation.dealerships['test'];
    if (errors.length > 0 || compiled === undefined) throw new Error(errors.join('\n'));
    this.simulator = new CaseSimulator(closureOf(compiled, ids[0] as string), NINE_O_CLOCK);
    const start = { instanceKey: 'case', dealership: 'test', businessKey: 'SO-1', actor: BOSS, variables };
    const refusal = this.simulator.start(start);
    if (refusal !== undefined) throw new Error(JSON.stringify(refusal));
  }

  /** The steps whose tasks are open, in order, in one text. */
  get open(): string {
    return Object.values(this.simulator.state.tasks)
      .map(({ node }) => node)
      .sort()
      .join(' ');
  }

  /** Completes the oldest open task of each step. */
  do(...steps: string[]): this {
    for (const step of steps) {
      const refusal = this.simulator.complete(step, BOSS);
      if (refusal !== undefined) throw new Error(`${step}: ${refusal.code}: ${refusal.message}`);
    }
    return this;
  }

  complete(step: string, data: JsonObject, outcome: string | null = null): this {
    const refusal = this.simulator.complete(step, BOSS, outcome, data);
    if (refusal !== undefined) throw new Error(`${step}: ${refusal.code}: ${refusal.message}`);
    return this;
  }

  message(name: string, correlationKey: string, variables: JsonObject = {}): string | undefined {
    return this.simulator.apply({ type: 'deliverMessage', actor: BOSS, messageId: 'm', name, correlationKey, variables })?.code;
  }

  signal(name: string, variables: JsonObject = {}): string | undefined {
    return this.simulator.apply({ type: 'deliverSignal', actor: BOSS, signalId: 's', name, variables })?.code;
  }

  set(variables: JsonObject): this {
    const refusal = this.simulator.apply({ type: 'setVariables', actor: BOSS, variables });
    if (refusal !== undefined) throw new Error(`${refusal.code}: ${refusal.message}`);
    return this;
  }

  wait(ms: number): this {
    this.simulator.advanceTo(this.simulator.nowMs + ms);
    return this;
  }

  answer(step: string, output: JsonObject | string | null = null): this {
    const job = Object.values(this.simulator.state.jobs).find(({ node }) => node === step);
    if (job === undefined) throw new Error(`no job at ${step}`);
    this.simulator.answer(job.id, output);
    return this;
  }

  fail(step: string, code?: string): this {
    const job = Object.values(this.simulator.state.jobs).find(({ node }) => node === step);
    if (job === undefined) throw new Error(`no job at ${step}`);
    this.simulator.fail(job.id, 'failed', code);
    return this;
  }

  /** How often a step was completed. */
  ran(step: string): number {
    return this.simulator.records.filter(
      ({ type, elementId }) => elementId === step && (type === 'elementCompleted' || type === 'taskCompleted'),
    ).length;
  }

  /** The steps that were completed, in order, in one text: those whose ids begin with a capital letter are left out. */
  get order(): string {
    return this.simulator.records
      .flatMap((record) => (record.type === 'elementCompleted' || record.type === 'taskCompleted' ? [record.elementId ?? ''] : []))
      .join(' ');
  }

  /** `active`, or how the case ended and by which end. */
  get status(): string {
    const { state } = this.simulator;
    const last = this.simulator.records
      .flatMap((record) => (record.type === 'instanceCompleted' ? [record.instance.end ?? ''] : []))
      .at(-1);
    return state.status === 'completed' ? `completed ${last ?? ''}`.trim() : state.status;
  }

  get incidents(): string {
    return Object.values(this.simulator.state.incidents)
      .map(({ node, code }) => `${node}: ${code}`)
      .sort()
      .join(', ');
  }

  variable(name: string): unknown {
    const root = Object.values(this.simulator.state.scopes).find(({ caller }) => caller === undefined);
    return root?.variables[name];
  }
}

/** A process in the graph notation: `flows` is a list of `from -> to` or `from -> to ? condition`, parted by semicolons. */
export function drawn(nodes: string, flows: string, more = ''): string {
  const lines = flows
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => {
      const [, from, to, when] = /^(\S+) -> (\S+)(?: \? (.*))?$/u.exec(one) ?? [];
      return `  - { from: ${from}, to: ${to}${when === undefined ? '' : `, when: '=${when}'`} }`;
    });
  return `process: drawn\n${more}nodes:\n${nodes.replace(/^\n/u, '').trimEnd()}\nflows:\n${lines.join('\n')}\n`;
}

/** A task that anybody of the tests may do. */
export const TASK = 'userTask: { assign: { roles: [clerk] } }';
/** Such tasks as nodes of the graph notation. */
export const tasks = (...ids: string[]) => ids.map((id) => `  - { id: ${id}, ${TASK} }`).join('\n');
export const HOUR = 3_600_000;
