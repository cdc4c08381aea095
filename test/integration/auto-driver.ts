import type { JsonObject } from '../../engine/json';
import type { Actor } from '../../engine/runtime/events';
import type { InstanceState, Token, UserTask } from '../../engine/runtime/instance-state';
import type { Node } from '../../engine/runtime/process-model';
import { nextDueAtMs } from '../../engine/runtime/transition';
import { fastForward } from '../../server/rehearsal';
import type { PatientConnectors } from './patient-connectors';
import { eventually, type LiveCase } from './rig';

/** How often one case is helped on: more than any example needs, few enough for one that turns in a circle. */
const MOST_STEPS = 60;

/** Drives a case on a real server to its end: does what people, other systems and time would do, the first thing that is possible each time. */
export class AutoDriver {
  readonly #visits = new Map<string, number>();
  #messages = 0;

  constructor(
    readonly live: LiveCase,
    readonly connectors: PatientConnectors,
  ) {}

  /** Gives the state in which the case has ended, or cannot be helped on. */
  async drive(): Promise<InstanceState> {
    for (let step = 0; step < MOST_STEPS; step++) {
      const state = await this.live.state();
      if (state.status !== 'active' || !(await this.#help(state))) return state;
    }
    return this.live.state();
  }

  async #help(state: InstanceState): Promise<boolean> {
    const [task] = Object.values(state.tasks);
    if (task !== undefined) return this.#complete(state, task);
    const [job] = Object.values(state.jobs);
    if (job !== undefined) return this.#answer(state, job.node);
    const [waiting] = Object.values(state.subscriptions);
    if (waiting !== undefined) return this.#tell(state, waiting.name, waiting.correlationKey);
    const due = nextDueAtMs(state);
    if (due !== undefined) return this.#wait(state, due);
    return this.#byHand(state);
  }

  async #complete(state: InstanceState, task: UserTask): Promise<boolean> {
    const node = this.#node(state, task.scope, task.node);
    const outcomes = node?.kind === 'userTask' ? node.outcomes.map(({ id }) => id) : [];
    const visits = this.#visits.get(task.node) ?? 0;
    this.#visits.set(task.node, visits + 1);
    const outcome = outcomes.at(-1 - (visits % Math.max(1, outcomes.length))) ?? null;
    const people = [
      ...(task.onlyUsers ?? []),
      ...task.candidateUsers,
      ...task.candidateGroups.flatMap((role) => [`${role}@test`, `${role}-2@test`]),
    ];
    const user = task.assignee ?? people.find((one) => !task.excludedUsers.includes(one)) ?? '';
    const actor: Actor = { user, roles: task.candidateGroups };
    return this.#act({ type: 'completeTask', actor, taskKey: task.key, outcome, data: {} });
  }

  async #answer(state: InstanceState, elementId: string): Promise<boolean> {
    const output = { status: 200, body: { price: '1.00', accepted: true } };
    return (
      (await this.connectors.answer(this.live.address.instanceKey, elementId, { kind: 'output', output })) && this.#movesOn(state.sequence)
    );
  }

  async #tell(state: InstanceState, name: string, correlationKey: string | null): Promise<boolean> {
    const { rig, dealership, address } = this.live;
    const actor = { user: 'system', roles: [] };
    const id = `${address.instanceKey}-${++this.#messages}`;
    if (correlationKey === null) await rig.gateway.broadcast({ dealership, signalId: id, name, variables: {}, actor });
    else await rig.gateway.publish({ dealership, messageId: id, name, correlationKey, variables: {}, timeToLiveMs: 0, actor });
    return this.#movesOn(state.sequence);
  }

  async #wait(state: InstanceState, dueAtMs: number): Promise<boolean> {
    await fastForward(this.live.rig.client, this.live.address.workflowId, Math.max(1_000, dueAtMs - state.nowMs) + 1_000);
    return this.#movesOn(state.sequence);
  }

  /** What people may do where nothing is open: set a variable that a condition awaits, start and end an ad-hoc sub-process. */
  async #byHand(state: InstanceState): Promise<boolean> {
    const actor = { user: 'admin@test', roles: ['admin'] };
    const adHoc = Object.values(state.tokens).find((token) => this.#isAdHoc(state, token));
    if (adHoc !== undefined) {
      const visits = this.#visits.get(adHoc.node) ?? 0;
      this.#visits.set(adHoc.node, visits + 1);
      const node = this.#node(state, adHoc.scope, adHoc.node);
      const [entry = ''] = node?.kind === 'subProcess' ? node.entries : [];
      if (visits === 0) return this.#act({ type: 'startAdHocStep', actor, elementId: entry });
      return this.#act({ type: 'completeActivity', actor, elementId: adHoc.node });
    }
    const root = Object.values(state.scopes).find(({ caller }) => caller === undefined);
    const turn = Number(root?.variables['turn'] ?? 0) + 4;
    const visits = this.#visits.get('turn') ?? 0;
    this.#visits.set('turn', visits + 1);
    const variables: JsonObject = visits % 2 === 0 ? { turn } : { turn: 0 };
    return visits < 4 && this.#act({ type: 'setVariables', actor, variables });
  }

  #isAdHoc(state: InstanceState, token: Token): boolean {
    const node = this.#node(state, token.scope, token.node);
    return node?.kind === 'subProcess' && node.variant === 'adHoc' && token.status === 'waiting';
  }

  #node(state: InstanceState, scope: string, node: string): Node | undefined {
    return this.live.closure.models[state.scopes[scope]?.model ?? '']?.nodes[node];
  }

  async #act(request: Parameters<LiveCase['act']>[0]): Promise<boolean> {
    return (await this.live.act(request)).kind === 'applied';
  }

  #movesOn(sequence: number): Promise<boolean> {
    const moved = async () => (await this.live.state()).sequence > sequence;
    return eventually(moved, Boolean, 5_000).catch(() => false);
  }
}
