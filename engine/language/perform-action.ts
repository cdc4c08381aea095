import type { CompiledDealership } from '../compile/deployment';
import { type Publishers, publishersOf } from '../compile/publishers';
import type { JsonObject } from '../json';
import type { Actor } from '../runtime/events';
import { checkFormData, type FieldError } from './form-data';
import { unknownUsers, usersNamedIn } from './named-users';
import { type ScenarioAction, TEST_DEALERSHIP } from './scenario';
import type { HostAnswer, Observation, ScenarioHost } from './scenario-host';
import { type MeantTask, numbersOf, requestFor, tasksOf } from './scenario-requests';
import { quoted } from './suggestion';

/** What a step does; the clock and what is expected are not among it. */
type Deed = Exclude<ScenarioAction, { kind: 'expect' | 'advance' | 'advanceTo' }>;

type TaskAction = Extract<ScenarioAction, { kind: 'task' | 'note' }>;

/** People who are tried where a step names nobody. */
const mostTries = 20;
/** What a message without a key gets that nothing awaits. */
const nobodysKey = '-';

/** Refusals that another person may not meet. */
function isOfPeople(code: string): boolean {
  return code === 'excluded-by-four-eyes' || code === 'not-the-same-person';
}

/** Does the steps of scenarios on a host, as the people of a dealership. */
export class Performer {
  constructor(
    private readonly dealership: CompiledDealership,
    private readonly host: ScenarioHost,
  ) {}

  /** Does what a step says; the answer is the host's, or `form-invalid`. */
  async perform(action: Deed): Promise<HostAnswer> {
    const { host } = this;
    switch (action.kind) {
      case 'task':
      case 'note':
        return this.performTask(action);
      case 'case':
        return this.performCase(action);
      case 'process':
        return host.suspendProcess(action.process, action.suspended, this.actor(action.as, action.for));
      case 'fireTimer':
        return host.fireTimer(action.step);
      case 'message': {
        const { kind: _, as, key, ...message } = action;
        const refusal = this.#refusesPublisher('messages', message.name, as);
        if (refusal !== undefined) return refusal;
        return host.publish({ ...message, correlationKey: key ?? (await this.keyAwaited(message.name)), actor: this.actor(as) });
      }
      case 'signal':
        return (
          this.#refusesPublisher('signals', action.name, action.as) ?? host.signal(action.name, action.variables, this.actor(action.as))
        );
      case 'answer':
        return this.answer(action);
      case 'resolve':
        return this.resolve(action);
    }
  }

  /** As the API does: whoever has none of the roles that a name is left to. */
  #refusesPublisher(kind: keyof Publishers, name: string, as: string): HostAnswer | undefined {
    const roles = as === 'system' ? undefined : publishersOf(this.dealership.publishers, kind, name);
    if (roles === undefined || this.rolesOf(as).some((role) => roles.includes(role))) return undefined;
    const message = `${quoted(name)} is published by these roles only: ${roles.join(', ')}`;
    return { ok: false, code: 'not-a-publisher', message };
  }

  private async performCase({ operation, as, for: principal }: Extract<ScenarioAction, { kind: 'case' }>): Promise<HostAnswer> {
    const actor = this.actor(as, principal);
    if (operation.type !== 'setVariables' || operation.of === undefined) return this.host.act({ ...operation, actor });
    const { type, of, variables } = operation;
    const open = (await this.host.observe()).instances.filter(({ processId }) => processId === of);
    const instanceKey = open.at(-1)?.key;
    if (instanceKey === undefined) return { ok: false, code: 'instance-not-active', message: `no process ${quoted(of)} is open` };
    return this.host.act({ type, variables, instanceKey, actor });
  }

  /** With `all` each call that waits now is answered, always the oldest that is left. */
  private async answer({ step, which, answer }: Extract<ScenarioAction, { kind: 'answer' }>): Promise<HostAnswer> {
    if (typeof which === 'number') return this.host.answerConnector(step, answer, which);
    const awaited = which === 'all' ? (await this.host.observe()).awaits : [];
    const open = awaited.filter(({ kind, elementId }) => kind === 'connector' && elementId === step).length;
    let given = await this.host.answerConnector(step, answer);
    for (let more = 1; more < open && given.ok; more += 1) given = await this.host.answerConnector(step, answer);
    return given;
  }

  private async resolve({ step, which, variables, ...by }: Extract<ScenarioAction, { kind: 'resolve' }>): Promise<HostAnswer> {
    const open = (await this.host.observe()).incidents.filter(({ elementId }) => elementId === step);
    const actor = this.actor(by.as, by.for);
    let given: HostAnswer = { ok: true };
    for (const number of numbersOf(which, open.length)) {
      given = await this.host.act({ type: 'resolveIncident', actor, incidentKey: open[number - 1]?.key ?? '', variables });
      if (!given.ok) break;
    }
    return given;
  }

  /** Does the same with each of the tasks that are meant, up to the first that is refused. */
  private async performTask(action: TaskAction): Promise<HostAnswer> {
    const named = action.as === undefined ? undefined : this.actor(action.as, action.for);
    const seen = await this.host.observe();
    let answer: HostAnswer = { ok: true };
    for (const task of tasksOf(action, seen, named)) {
      for (const actor of named === undefined ? this.whoMay(task) : [named]) {
        answer = await this.performOn(task, action, actor, seen);
        if (answer.ok || !isOfPeople(answer.code)) break;
      }
      if (!answer.ok) break;
    }
    return answer;
  }

  private async performOn(task: MeantTask, action: TaskAction, actor: Actor, seen: Observation): Promise<HostAnswer> {
    if (action.kind === 'note') return this.host.note(task.key, action.note, actor);
    const request = requestFor(action.operation, { seen, actor, taskKey: task.key, rolesOf: (user) => this.rolesOf(user) });
    return this.checkTaskForm(task, action) ?? (await this.host.act(request));
  }

  /** Who has a task, or else those who may do it, in order. There is always one, so that the host can refuse what is not there. */
  private whoMay(task: MeantTask): Actor[] {
    if (!('processId' in task)) return [this.actor('system')];
    const members = task.candidateGroups.flatMap((role) => this.dealership.roles[role] ?? []);
    const users = task.assignee === null ? [...new Set([...task.candidateUsers, ...members])] : [task.assignee];
    return users.length === 0 ? [this.actor('system')] : users.slice(0, mostTries).map((user) => this.actor(user));
  }

  /** The key under which a message of that name is awaited; where none is, one that nothing awaits. */
  private async keyAwaited(name: string): Promise<string> {
    const { awaits } = await this.host.observe();
    return awaits.find((wait) => wait.kind === 'message' && wait.name === name)?.key ?? nobodysKey;
  }

  private checkTaskForm(task: MeantTask, { operation, step }: Extract<ScenarioAction, { kind: 'task' }>) {
    if (operation.type !== 'completeTask' || !('processId' in task)) return undefined;
    const node = this.dealership.processes[task.processId]?.model.nodes[step];
    return node?.kind === 'userTask' ? this.checkForm(node.form, operation.data) : undefined;
  }

  /** The refusal of data that do not fit a form; undefined where they do, or there is no form. */
  checkForm(id: string | undefined, data: JsonObject): HostAnswer | undefined {
    const form = id === undefined ? undefined : this.dealership.forms[id];
    const problems = form === undefined ? [] : [...checkFormData(form.schema, data, 'en'), ...this.#strangers(form.schema, data)];
    if (problems.length === 0) return undefined;
    return { ok: false, code: 'form-invalid', message: `form ${quoted(form?.id ?? '')}: ${JSON.stringify(problems)}` };
  }

  /** Fields that name nobody of the dealership; at one that is made for the scenario anybody may be named. */
  #strangers(schema: JsonObject, data: JsonObject): FieldError[] {
    if (this.dealership.id === TEST_DEALERSHIP) return [];
    const named = usersNamedIn(schema, data);
    return named.length === 0 ? [] : unknownUsers(named, new Set(Object.values(this.dealership.roles).flat()), 'en');
  }

  /** Somebody with the roles that they have at the dealership. */
  actor(user: string, principal?: string): Actor {
    const roles = this.rolesOf(user);
    const actor: Actor = { user, roles, ...(roles.includes('admin') ? { administers: true } : {}) };
    return principal === undefined ? actor : { ...actor, for: { user: principal, roles: this.rolesOf(principal) } };
  }

  private rolesOf(user: string): string[] {
    return Object.entries(this.dealership.roles).flatMap(([role, users]) => (users.includes(user) ? [role] : []));
  }
}
