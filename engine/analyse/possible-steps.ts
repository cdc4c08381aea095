import { closureOf } from '../compile/closure';
import type { CompiledDealership } from '../compile/deployment';
import { mayThrow } from '../connectors/catalogue';
import type { Json, JsonObject } from '../json';
import type { Observation, ObservedTask, ObservedWait } from '../language/scenario-host';
import { breach } from '../runtime/constraint';
import type { Node, ProcessModel, UserTaskNode } from '../runtime/process-model';
import { readsOf } from './reads';
import { type Choice, combined, firstOf, ValueVariants } from './value-variants';

/** How a scenario begins: the keys of its head beside process and dealership. */
export type ScenarioHead = { start?: JsonObject; startAt?: string; trigger?: JsonObject };

/** People who are tried for one task, at most. */
const mostPeople = 3;

/** What may be written next in a scenario, for one process of a dealership and what it calls. */
export class PossibleSteps {
  readonly #models: Record<string, ProcessModel>;
  readonly #root: ProcessModel;
  readonly #variants: ValueVariants;
  readonly #errors: string[];

  constructor(
    private readonly dealership: CompiledDealership,
    process: string,
  ) {
    const models = Object.values(closureOf(dealership, process).models);
    this.#models = Object.fromEntries(models.map((model) => [model.id, model]));
    this.#root = this.#models[process] as ProcessModel;
    this.#variants = new ValueVariants(models);
    const triggers = models.flatMap((model) => Object.values(model.nodes).flatMap((node) => ('trigger' in node ? [node.trigger] : [])));
    this.#errors = [
      ...new Set(triggers.flatMap((trigger) => (trigger?.kind === 'error' && trigger.code !== undefined ? [trigger.code] : []))),
    ];
  }

  /** Ways to begin, the plainest first. */
  heads(): ScenarioHead[] {
    const { start, startForm, triggeredStarts = [], variables } = this.#root;
    const plain: JsonObject[] = start === undefined ? [] : startForm === undefined ? this.#startVariables() : this.#startForms();
    const triggered = triggeredStarts.flatMap((startAt) => {
      const node = this.#root.nodes[startAt];
      const result = node?.kind === 'startEvent' ? node.result : undefined;
      return this.#received(result, variables).map((trigger) => ({ startAt, ...(isEmpty(trigger) ? {} : { trigger }) }));
    });
    return [...plain.map((given) => (isEmpty(given) ? {} : { start: given })), ...triggered];
  }

  #startForms(): JsonObject[] {
    const { startForm } = this.#root;
    const data = this.#variants.ofForm(this.dealership.forms[startForm?.form ?? ''], firstOf(this.dealership, startForm?.roles ?? []));
    return data.map((given) => (startForm?.result === undefined ? given : { [startForm.result]: given }));
  }

  /** Variables that no step writes; those with a default have it where nothing else is said. */
  #startVariables(): JsonObject[] {
    const written = new Set(
      Object.values(this.#root.nodes).flatMap((node) => [
        ...('result' in node && node.result !== undefined ? [node.result] : []),
        ...(node.kind === 'scriptTask' ? node.set.map(({ variable }) => variable) : []),
      ]),
    );
    const base: JsonObject = {};
    const choices = Object.entries(this.#root.variables).flatMap(([name, declared]): Choice[] => {
      const { default: value } = declared;
      if (written.has(name)) return [];
      const [sample, ...others] = this.#variants.ofVariable(name, declared);
      if (value === undefined && sample !== undefined && sample !== null) base[name] = sample;
      return [[name, value === undefined ? others : [sample, ...others]]];
    });
    return combined(base, choices);
  }

  /** What may be done now. Each group holds ways to do the same thing as different people: the first that is not refused counts. */
  next(seen: Observation): JsonObject[][] {
    const steps = new Map<string, JsonObject[]>();
    const add = (...ways: JsonObject[]) => void steps.set(JSON.stringify(ways[0]), ways);
    const tasks = new Map(seen.tasks.map((task) => [`${task.processId} ${task.elementId}`, task] as const).reverse());
    for (const task of tasks.values()) this.#task(task, add);
    for (const wait of seen.awaits) this.#wait(wait, add);
    for (const { processId, elementId } of seen.scopes) this.#adHoc(this.#models[processId]?.nodes[elementId], add);
    return [...steps.values()];
  }

  #task(task: ObservedTask, add: (...ways: JsonObject[]) => void): void {
    const node = this.#models[task.processId]?.nodes[task.elementId] as UserTaskNode | undefined;
    if (node?.kind !== 'userTask') return;
    const people = task.assignee !== null ? [task.assignee] : this.#peopleOf(task);
    const outcomes = node.outcomes.length === 0 ? [undefined] : node.outcomes.map(({ id }) => id);
    const given = this.#variants.ofForm(this.dealership.forms[node.form ?? ''], people[0] ?? 'somebody');
    for (const outcome of outcomes) {
      for (const data of given) {
        const more = { ...(outcome === undefined ? {} : { outcome }), ...(isEmpty(data) ? {} : { with: data }) };
        add(...people.map((as) => ({ complete: node.id, as, ...more })));
      }
    }
    for (const to of node.return?.to ?? []) add(...people.map((as) => ({ return: node.id, as, to })));
    if (node.overdue.some(({ action }) => action.kind === 'decide')) add({ fireTimer: node.id });
  }

  #peopleOf({ candidateUsers, candidateGroups }: ObservedTask): string[] {
    const members = candidateGroups.flatMap((role) => this.dealership.roles[role] ?? []);
    return [...new Set([...members, ...candidateUsers])].slice(0, mostPeople);
  }

  #wait(wait: ObservedWait, add: (...ways: JsonObject[]) => void): void {
    const { kind, processId, elementId, name = '', key = '' } = wait;
    const model = this.#models[processId];
    const node = model?.nodes[elementId];
    const result = node !== undefined && 'result' in node ? node.result : undefined;
    switch (kind) {
      case 'timer':
        return add({ fireTimer: elementId });
      case 'connector':
        for (const output of this.#variants.ofVariable(result ?? '', model?.variables[result ?? ''])) add({ answer: elementId, output });
        for (const error of this.#errors)
          if (node?.kind === 'serviceTask' && mayThrow(node.connector, error)) add({ answer: elementId, error });
        return add({ answer: elementId, fail: 'no answer' });
      case 'message':
        for (const variables of this.#received(result, model?.variables ?? {})) {
          add({ message: { name, key, ...(isEmpty(variables) ? {} : { variables }) } });
        }
        return;
      case 'signal':
        for (const variables of this.#received(result, model?.variables ?? {}))
          add({ signal: isEmpty(variables) ? name : { name, variables } });
        return;
      case 'condition':
        return this.#condition(node, processId, add);
      case 'call':
        return;
    }
  }

  #received(result: string | undefined, variables: ProcessModel['variables']): JsonObject[] {
    const declared = result === undefined ? undefined : variables[result];
    if (declared?.type.kind !== 'context') return [{}];
    const fits = (value: Json): boolean => declared.constraint === undefined || breach(value, declared.constraint, '') === undefined;
    return [{}, ...this.#variants.ofVariable(result ?? '', declared)].filter(
      (value): value is JsonObject => isObject(value) && fits(value),
    );
  }

  /** A variable that the condition reads is set by hand. */
  #condition(node: Node | undefined, processId: string, add: (...ways: JsonObject[]) => void): void {
    const own = node !== undefined && 'trigger' in node && node.trigger?.kind === 'condition' ? node.trigger.condition : undefined;
    const condition = own ?? (node !== undefined && 'milestone' in node ? node.milestone?.condition : undefined);
    if (condition === undefined) return;
    const of = processId === this.#root.id ? {} : { of: processId };
    for (const name of new Set(readsOf(condition).reads.map((read) => read.name))) {
      const declared = this.#models[processId]?.variables[name];
      if (declared === undefined) continue;
      for (const value of this.#variants.ofVariable(name, declared)) {
        if (value !== null) add({ set: { [name]: value }, as: firstOf(this.dealership, ['admin']), ...of });
      }
    }
  }

  #adHoc(node: Node | undefined, add: (...ways: JsonObject[]) => void): void {
    if (node?.kind !== 'subProcess' || node.adHoc === undefined) return;
    const as = firstOf(this.dealership, ['admin']);
    for (const step of node.entries) add({ startStep: step, as });
    add({ completeActivity: node.id, as });
  }
}

function isEmpty(data: JsonObject): boolean {
  return Object.keys(data).length === 0;
}

function isObject(value: Json): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
