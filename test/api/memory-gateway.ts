import type { Refusal } from '../../engine/runtime/events';
import type { RecordBatch } from '../../engine/runtime/records';
import {
  type ActOnCase,
  type CaseAddress,
  type CaseAnswer,
  type CaseGateway,
  CaseUnavailableError,
  type Publication,
  type PublishMessage,
  type StartCase,
} from '../../server/case-gateway';
import type { ConditionEvaluation, ConditionOutcome, SignalInput } from '../../workflows/messages';
import { CaseBuilder } from '../db/case-builder';

/**
 * Stands for Temporal where a test scripts what the case says. Like Temporal, it applies a command once for each update id and gives
 * the same answer to a repetition; `lose` makes it apply a command and lose the answer.
 */
export class MemoryGateway implements CaseGateway {
  readonly acts: ActOnCase[] = [];
  readonly starts: StartCase[] = [];
  readonly publications: PublishMessage[] = [];
  readonly signals: SignalInput[] = [];
  readonly evaluations: ConditionEvaluation[] = [];
  /** What comes of every evaluation of conditions. */
  outcome: ConditionOutcome = { started: [], notStarted: [] };
  readonly cases = new Map<string, CaseBuilder>();
  /** What the journals hold, by workflow id. */
  readonly journals = new Map<string, RecordBatch[]>();
  up = true;
  lose: 'nothing' | 'request' | 'answer' = 'nothing';
  /** What a case does with a request; the default refuses. */
  onAct: (act: ActOnCase, builder: CaseBuilder) => RecordBatch | { refused: Refusal } | 'gone' = () => 'gone';
  private readonly answers = new Map<string, CaseAnswer>();

  async start(start: StartCase): Promise<CaseAnswer> {
    this.starts.push(start);
    return this.once(start.updateId, start.address.workflowId, () => {
      const running = this.cases.get(start.address.workflowId);
      if (running !== undefined) return { kind: 'business-key-taken' };
      const builder = new CaseBuilder(start.address.instanceKey, start.dealership, start.processId, start.businessKey);
      this.cases.set(start.address.workflowId, builder);
      const instance = builder.instance({ startedBy: start.actor.user });
      const review = builder.task('review', { dueAtMs: Date.UTC(2030, 0, 1), excludedUsers: ['wang@tianhe'] });
      return this.applied(
        start.address.workflowId,
        builder.batch({ type: 'instanceStarted', instance, variables: start.variables, actor: start.actor.user }, builder.opened(review)),
      );
    });
  }

  async act(act: ActOnCase): Promise<CaseAnswer> {
    this.acts.push(act);
    return this.once(act.updateId, act.address.workflowId, () => {
      const builder = this.cases.get(act.address.workflowId);
      if (builder === undefined) return { kind: 'gone' };
      const result = this.onAct(act, builder);
      if (result === 'gone') return { kind: 'gone' };
      return 'refused' in result ? { kind: 'refused', refusal: result.refused } : this.applied(act.address.workflowId, result);
    });
  }

  async publish(message: PublishMessage): Promise<Publication> {
    this.reach();
    this.publications.push(message);
    return { state: 'BUFFERED', processInstanceKey: null };
  }

  async broadcast(signal: SignalInput): Promise<void> {
    this.reach();
    this.signals.push(signal);
  }

  async evaluateConditions(evaluation: ConditionEvaluation): Promise<ConditionOutcome> {
    this.reach();
    this.evaluations.push(evaluation);
    return this.outcome;
  }

  async journal(address: CaseAddress, fromSequence: number): Promise<RecordBatch[]> {
    this.reach();
    return (this.journals.get(address.workflowId) ?? []).filter(
      ({ rootKey, sequence }) => rootKey === address.instanceKey && sequence >= fromSequence,
    );
  }

  async inspect(): Promise<undefined> {
    this.reach();
    return undefined;
  }

  async ping(): Promise<void> {
    this.reach();
  }

  private applied(workflowId: string, batch: RecordBatch): CaseAnswer {
    this.journals.set(workflowId, [...(this.journals.get(workflowId) ?? []), batch]);
    return { kind: 'applied', outcome: { sequence: batch.sequence, batch } };
  }

  private async once(updateId: string, workflowId: string, apply: () => CaseAnswer): Promise<CaseAnswer> {
    this.reach();
    if (this.lose === 'request') throw new CaseUnavailableError(`no answer from ${workflowId}`);
    const answer = this.answers.get(`${workflowId} ${updateId}`) ?? apply();
    if (answer.kind === 'applied' || answer.kind === 'business-key-taken') this.answers.set(`${workflowId} ${updateId}`, answer);
    if (this.lose === 'answer') throw new CaseUnavailableError(`no answer from ${workflowId}`);
    return answer;
  }

  private reach(): void {
    if (!this.up) throw new CaseUnavailableError('no connection');
  }
}

/** Completes the task that a request means and opens `shipTime` for clerks and salesmen, as the fixture's process does. */
export function completing(act: ActOnCase, builder: CaseBuilder): RecordBatch | { refused: Refusal } {
  const { request } = act;
  if (request.type !== 'completeTask') throw new Error(`unexpected ${request.type}`);
  const done = builder.task('review', { key: request.taskKey });
  const ship = builder.task('shipTime', { candidateGroups: ['clerk', 'salesman'] });
  const other = builder.task('inspect', { candidateGroups: ['warehouse'] });
  const variables = { review: { ...request.data, outcome: request.outcome } };
  return builder.batch(
    builder.completed(done, request.actor.user, request.outcome, request.data),
    { type: 'variablesSet', variables },
    builder.opened(ship),
    builder.opened(other),
  );
}
