import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineUpdate,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Json } from '../engine/json';
import type { EngineCommand, EngineEvent, Refusal } from '../engine/runtime/events';
import type { InstanceState } from '../engine/runtime/instance-state';
import { LIMITS } from '../engine/runtime/limits';
import type { ModelClosure } from '../engine/runtime/process-model';
import type { RecordBatch } from '../engine/runtime/records';
import { nextDueAtMs, type Step, transition } from '../engine/runtime/transition';
import { describeCase } from './case-details';
import { runErrand } from './errands';
import {
  ACT_UPDATE,
  type ActArguments,
  type ActOutcome,
  ANSWER_UPDATE,
  BEGIN_UPDATE,
  BPMN_ERROR,
  BUSINESS_KEY_TAKEN,
  type CaseInput,
  type CaseResult,
  CLOCK_UPDATE,
  type ConnectorArguments,
  type ConnectorCall,
  type Errand,
  INSPECT_QUERY,
  type InspectedCase,
  JOURNAL_QUERY,
  type Journal,
  OUTCOME_QUERY,
  type RehearsedAnswer,
  RUN_CHANGING,
  STATE_QUERY,
  type SystemActivities,
} from './messages';

const actUpdate = defineUpdate<ActOutcome, [ActArguments]>(ACT_UPDATE);
const beginUpdate = defineUpdate<ActOutcome, [string]>(BEGIN_UPDATE);
const answerUpdate = defineUpdate<boolean, [RehearsedAnswer]>(ANSWER_UPDATE);
const clockUpdate = defineUpdate<number, [atMs: number, reached: boolean]>(CLOCK_UPDATE);
const journalQuery = defineQuery<Journal>(JOURNAL_QUERY);
const outcomeQuery = defineQuery<number | null, [string]>(OUTCOME_QUERY);
const inspectQuery = defineQuery<InspectedCase>(INSPECT_QUERY);
const stateQuery = defineQuery<InstanceState>(STATE_QUERY);

/** Update ids remembered beyond continue-as-new; more than a run takes, so that at least the last whole run is known. */
const REMEMBERED_UPDATES = 4_000;

const system = proxyActivities<SystemActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/**
 * Runs one case of any process: a thin shell over the engine's `transition`. Requests come as Updates, facts from timers and activities;
 * records leave as the Update's result or by an activity (history first, rows second, answer third).
 *
 * Every handler is synchronous, so nothing comes between reading the state and replacing it, and no lock is needed.
 */
export default async function processInstance(input: CaseInput, closure: ModelClosure): Promise<CaseResult> {
  const run = new CaseRun(input, closure);
  // before the handlers: an Update that came with the start runs as soon as its handler is set
  const refusal = run.open();
  setHandler(beginUpdate, (instanceKey) => run.begin(instanceKey), { validator: (instanceKey) => run.checkBegin(instanceKey) });
  setHandler(actUpdate, (request) => run.act(request), { validator: (request) => run.checkAct(request) });
  if (input.rehearsal !== undefined) {
    setHandler(answerUpdate, (answer) => run.answer(answer));
    setHandler(clockUpdate, (atMs, reached) => run.moveClock(atMs, reached));
  }
  setHandler(journalQuery, () => run.journalAnswer());
  setHandler(outcomeQuery, (updateId) => run.sequenceOf(updateId));
  setHandler(inspectQuery, () => ({ state: run.state, closure }));
  setHandler(stateQuery, () => run.state);
  // the validator of `begin` has told its caller
  if (refusal !== undefined) throw refused(refusal);
  // a cancellation that an operator asks of Temporal itself cancels the case, with its rows
  CancellationScope.current().cancelRequested.catch(() => run.cancelFromOutside());
  return CancellationScope.nonCancellable(() => run.live());
}

class CaseRun {
  readonly #input: CaseInput;
  readonly #closure: ModelClosure;
  readonly #processed: Map<string, number>;
  /** Batches that PostgreSQL is not yet known to have, in order. */
  #journal: RecordBatch[] = [];
  /** Sequences in the journal that this workflow must write itself: no caller carries them. */
  readonly #own = new Set<number>();
  readonly #jobs = new Map<string, { call: ConnectorCall; scope: CancellationScope; activityId?: string }>();
  readonly #errands = new Set<Errand>();
  #state: InstanceState | null;
  /** Why the case could not be started. */
  #refusal: Refusal | undefined;
  #timerDueAtMs: number | undefined;
  #updates = 0;
  /** Whether a run that has grown long still waits for its running connectors. */
  #grace: 'none' | 'running' | 'over' = 'none';
  /** Set while the next run is prepared: no Update is let in, so that none is completed in the task that continues. */
  #changing = false;
  /** The clock of a rehearsed case, and how far its timers may move it. */
  #clock: { nowMs: number; untilMs: number } | undefined;
  /** The validator's step, used by the handler in the same activation; a pure function of the same arguments. */
  #checked: { state: InstanceState; id: string; step: Step } | undefined;

  constructor(input: CaseInput, closure: ModelClosure) {
    this.#input = input;
    this.#closure = closure;
    this.#state = input.resumed?.state ?? null;
    this.#processed = new Map(input.resumed?.processed ?? []);
    const { rehearsal } = input;
    if (rehearsal !== undefined) this.#clock = { nowMs: rehearsal.clockMs, untilMs: rehearsal.clockMs };
  }

  nowMs(): number {
    return this.#clock?.nowMs ?? Date.now();
  }

  /** Lets the timers of a rehearsed case go on to a time; once all have that were due, it has come. */
  moveClock(atMs: number, reached: boolean): number {
    const clock = this.#clock;
    if (clock === undefined) throw new Error('invariant: this case is rehearsed');
    clock.untilMs = Math.max(clock.untilMs, atMs);
    if (reached) clock.nowMs = Math.max(clock.nowMs, atMs);
    return clock.nowMs;
  }

  get state(): InstanceState {
    if (this.#state === null) throw new Error('invariant: the case has not begun');
    return this.#state;
  }

  /** Begins the case, or takes it over from the run before; gives the refusal where the start was refused. */
  open(): Refusal | undefined {
    const { resumed } = this.#input;
    if (resumed !== undefined) {
      for (const call of resumed.jobs) this.#invoke(call);
      for (const errand of resumed.errands ?? []) this.#send(errand);
      this.#afterStep();
      return undefined;
    }
    const { instanceKey, dealership, businessKey, actor, variables, trigger } = this.#input;
    const begun = { type: 'startInstance', atMs: this.nowMs(), instanceKey, dealership, businessKey, actor, variables } as const;
    const start = trigger === undefined ? begun : { ...begun, trigger };
    const step = transition(this.#closure, null, start);
    if (step.ok) this.#apply(step, this.#input.firstBatch === 'self');
    else this.#refusal = step.refusal;
    return this.#refusal;
  }

  /** Writes rows, waits for the end, and continues as a new run where this one has grown long. */
  async live(): Promise<CaseResult> {
    for (;;) {
      await condition(() => this.#mustFlush() || this.#mayEnd() || this.#mustStartGrace() || this.#mayContinue());
      if (this.#mustFlush()) await this.#flush();
      else if (this.#mayEnd()) return this.#result();
      else if (this.#mustStartGrace()) this.#startGrace();
      else await this.#continueAsNew();
    }
  }

  cancelFromOutside(): void {
    if (this.#ended()) return;
    const actor = { user: 'temporal', roles: [] };
    this.#report({ type: 'cancelInstance', atMs: this.nowMs(), actor, reason: 'canceled in Temporal' });
  }

  checkBegin(instanceKey: string): void {
    if (this.#refusal !== undefined) throw refused(this.#refusal);
    if (instanceKey === this.#input.instanceKey) return;
    throw ApplicationFailure.nonRetryable('another running instance has this business key', BUSINESS_KEY_TAKEN);
  }

  begin(_instanceKey: string): ActOutcome {
    return { sequence: 1, batch: this.#journal.find(({ sequence }) => sequence === 1) ?? null };
  }

  checkAct(request: ActArguments): void {
    if (this.#changing) throw ApplicationFailure.retryable('the run is changing', RUN_CHANGING);
    if (this.#processed.has(request.id)) return;
    const step = this.#stepFor(request);
    this.#checked = { state: this.state, id: request.id, step };
    if (!step.ok) throw refused(step.refusal);
  }

  act(request: ActArguments): ActOutcome {
    this.#updates += 1;
    this.#forgetWritten(request.rows.sequence);
    const before = this.#processed.get(request.id);
    if (before !== undefined) return { sequence: before, batch: this.#journal.find(({ sequence }) => sequence === before) ?? null };
    const checked = this.#checked;
    const step = checked?.id === request.id && checked.state === this.#state ? checked.step : this.#stepFor(request);
    if (!step.ok) throw refused(step.refusal);
    const batch = this.#apply(step, false);
    this.#remember(request.id, batch.sequence);
    return { sequence: batch.sequence, batch };
  }

  sequenceOf(updateId: string): number | null {
    return this.#processed.get(updateId) ?? null;
  }

  journalAnswer(): Journal {
    return { instanceKey: this.#input.instanceKey, sequence: this.#state?.sequence ?? 0, batches: this.#journal };
  }

  #stepFor(request: ActArguments): Step {
    if (request.instanceKey !== this.#input.instanceKey) {
      return { ok: false, refusal: { code: 'instance-not-active', message: `instance "${request.instanceKey}" does not run here` } };
    }
    return transition(this.#closure, this.state, { ...request.request, atMs: this.nowMs() } as EngineEvent);
  }

  /** A fact: never refused, its batch is written by this workflow. */
  #report(fact: EngineEvent): void {
    const step = transition(this.#closure, this.state, fact);
    if (step.ok) this.#apply(step, true);
    else log.error('the engine refused a fact', { fact: fact.type, refusal: step.refusal });
  }

  #apply(step: Extract<Step, { ok: true }>, own: boolean): RecordBatch {
    this.#state = step.state;
    const { instanceKey, dealership } = this.#input;
    const batch: RecordBatch = { rootKey: instanceKey, dealership, sequence: step.state.sequence, records: step.records };
    this.#journal.push(batch);
    if (own) this.#own.add(batch.sequence);
    for (const command of step.commands) this.#perform(command);
    this.#afterStep();
    return batch;
  }

  #perform(command: EngineCommand): void {
    if (command.type === 'invokeConnector') this.#invoke(command);
    else if (command.type === 'cancelConnector') {
      this.#jobs.get(command.jobId)?.scope.cancel();
      this.#jobs.delete(command.jobId);
    } else this.#send(command);
  }

  /** Has an errand done; the case goes on meanwhile, but neither ends nor continues as a new run without it. */
  #send(errand: Errand): void {
    this.#errands.add(errand);
    // a case that is canceled from outside keeps what it has promised to send
    void CancellationScope.nonCancellable(() => runErrand(errand, this.#input, this.#closure, () => this.nowMs())).then((fact) => {
      this.#errands.delete(errand);
      if (fact !== undefined && !this.#ended()) this.#report({ ...fact, atMs: this.nowMs() });
    });
  }

  #invoke(call: ConnectorCall): void {
    const scope = new CancellationScope();
    this.#jobs.set(call.jobId, { call, scope });
    const finish = (fact: EngineEvent) => {
      // a job that was canceled or handed to the next run reports nothing
      if (this.#jobs.get(call.jobId)?.scope !== scope) return;
      this.#jobs.delete(call.jobId);
      this.#report(fact);
    };
    if (this.#input.rehearsal !== undefined && this.#input.rehearsal.calls !== true) return;
    scope
      .run(() => this.#connectorActivity(call))
      .then(
        (output) => finish({ type: 'connectorSucceeded', atMs: this.nowMs(), jobId: call.jobId, output: output ?? null }),
        (error: unknown) => finish(failureFact(call.jobId, error, this.nowMs())),
      );
  }

  /** Gives a waiting connector of a step of a rehearsed case its answer; false where none waits. */
  answer({ elementId, which = 1, answer }: RehearsedAnswer): boolean {
    const job = [...this.#jobs.values()].filter(({ call }) => call.elementId === elementId)[which - 1];
    if (job === undefined || this.#ended()) return false;
    const { jobId } = job.call;
    this.#jobs.delete(jobId);
    const atMs = this.nowMs();
    if (answer.kind === 'output') this.#report({ type: 'connectorSucceeded', atMs, jobId, output: answer.output });
    else {
      const { message } = answer;
      this.#report({ type: 'connectorFailed', atMs, jobId, message, ...(answer.kind === 'error' ? { errorCode: answer.code } : {}) });
    }
    return true;
  }

  #connectorActivity(call: ConnectorCall): Promise<Json> {
    const { retry, timeout } = call;
    const connectors = proxyActivities<Record<string, (args: ConnectorArguments) => Promise<Json>>>({
      activityId: call.idempotencyKey,
      startToCloseTimeout: timeout.attemptMs,
      scheduleToCloseTimeout: timeout.totalMs,
      ...(timeout.heartbeatMs === undefined ? {} : { heartbeatTimeout: timeout.heartbeatMs }),
      retry: {
        initialInterval: retry.initialMs,
        backoffCoefficient: retry.factor,
        maximumInterval: Math.max(retry.maxMs, retry.initialMs),
        maximumAttempts: retry.attempts,
      },
      summary: `${call.processId} / ${call.elementId}`,
    });
    const { instanceKey, dealership } = this.#input;
    const { idempotencyKey, input, elementId, secrets } = call;
    const connector = connectors[call.connector] as (args: ConnectorArguments) => Promise<Json>;
    const named = secrets === undefined ? {} : { secrets };
    return connector({ idempotencyKey, input, dealership, instanceKey, elementId, ...named });
  }

  #afterStep(): void {
    this.#keepTimer();
    setCurrentDetails(describeCase(this.#closure, this.state));
  }

  /**
   * Keeps one durable timer for the nearest deadline. One that is already set for an earlier time is left: when it finds nothing due it is
   * set anew, which costs less history than cancelling it at every step.
   */
  #keepTimer(): void {
    const due = this.#ended() ? undefined : nextDueAtMs(this.state);
    if (due === undefined || (this.#timerDueAtMs !== undefined && this.#timerDueAtMs <= due)) return;
    this.#timerDueAtMs = due;
    void sleep(Math.max(due - this.nowMs(), LIMITS.timerMs)).then(() => this.#wake(due), swallowCancellation);
  }

  #wake(due: number): void {
    if (this.#timerDueAtMs !== due) return;
    this.#timerDueAtMs = undefined;
    if (this.#ended()) return;
    const nearest = nextDueAtMs(this.state);
    const clock = this.#clock;
    if (clock !== undefined && nearest !== undefined && nearest <= clock.untilMs) clock.nowMs = Math.max(clock.nowMs, nearest);
    if (nearest !== undefined && nearest <= this.nowMs()) this.#report({ type: 'timersDue', atMs: this.nowMs() });
    else this.#keepTimer();
  }

  #ended(): boolean {
    return this.state.status !== 'active';
  }

  /** Whether what the case has sent into the world is on its way; who would have got a task of it does not matter any more. */
  #mayEnd(): boolean {
    return this.#ended() && [...this.#errands].every(({ type }) => type === 'resolveAssignment');
  }

  #mustFlush(): boolean {
    return this.#own.size > 0;
  }

  /** Writes what this workflow must write itself. Where rows of a caller are missing before it, it writes those too. */
  async #flush(all = false): Promise<void> {
    const address = { workflowId: workflowInfo().workflowId };
    let batches = this.#journal.filter(({ sequence }) => all || this.#own.has(sequence));
    while (batches.length > 0) {
      if (this.#input.ownInHistory === true) for (const { sequence } of batches) this.#own.delete(sequence);
      const written = await system.writeRecords(address, batches);
      if ('sequence' in written) return this.#forgetWritten(written.sequence);
      const { missingFrom } = written;
      batches = this.#journal.filter(({ sequence }) => sequence >= missingFrom);
    }
  }

  #forgetWritten(sequence: number): void {
    if (this.#journal[0] === undefined || this.#journal[0].sequence > sequence) return;
    // what this workflow has not given to be written yet stands nowhere in the history, whoever has written its rows meanwhile
    const kept = (own: number) => this.#input.ownInHistory === true && this.#own.has(own);
    this.#journal = this.#journal.filter((batch) => batch.sequence > sequence || kept(batch.sequence));
    for (const own of this.#own) if (own <= sequence && !kept(own)) this.#own.delete(own);
  }

  #remember(id: string, sequence: number): void {
    this.#processed.set(id, sequence);
    if (this.#processed.size > REMEMBERED_UPDATES) this.#processed.delete(this.#processed.keys().next().value as string);
  }

  #isLong(): boolean {
    return this.#updates >= this.#input.updatesPerRun || workflowInfo().continueAsNewSuggested;
  }

  #mustStartGrace(): boolean {
    return this.#isLong() && this.#jobs.size > 0 && this.#grace === 'none';
  }

  #startGrace(): void {
    this.#grace = 'running';
    void sleep(this.#input.connectorGraceMs).then(() => {
      this.#grace = 'over';
    }, swallowCancellation);
  }

  #mayContinue(): boolean {
    return this.#isLong() && !this.#ended() && (this.#jobs.size === 0 || this.#grace === 'over');
  }

  /**
   * Continues the case as a new run: connectors waited for or handed over, history archived, rows written, and never in a workflow task
   * that completed an Update (temporalio/temporal#6375: such an Update may be executed a second time). So Updates are put off from before
   * the archiving, which takes a task of its own, until the next run is there.
   */
  async #continueAsNew(): Promise<void> {
    const runNumber = this.#input.resumed?.runNumber ?? 1;
    const { dealership, instanceKey } = this.#input;
    const attempts = this.#jobs.size === 0 ? {} : await system.pendingAttempts();
    this.#changing = true;
    do {
      while (this.#journal.length > 0) await this.#flush(true);
      // after the rows, so that the archive holds the records of all of them
      await system.archiveHistory({ dealership, instanceKey, runNumber });
    } while (this.#journal.length > 0);
    if (this.#ended()) {
      this.#changing = false;
      return;
    }
    const jobs = [...this.#jobs.values()].map(({ call }) => withAttemptsLeft(call, attempts[call.idempotencyKey] ?? 0));
    this.#jobs.clear();
    const processed = [...this.#processed];
    const errands = [...this.#errands];
    const resumed = { runNumber: runNumber + 1, state: this.state, processed, jobs, ...(errands.length === 0 ? {} : { errands }) };
    const continueAsNew = makeContinueAsNewFunc<typeof processInstance>({});
    const { trigger: _, rehearsal, ...input } = this.#input;
    const rehearsed = rehearsal === undefined ? {} : { rehearsal: { ...rehearsal, clockMs: this.nowMs() } };
    await continueAsNew({ ...input, ...rehearsed, variables: {}, resumed }, this.#closure);
  }

  #result(): CaseResult {
    const root = Object.values(this.state.scopes).find((scope) => scope.caller === undefined);
    return { status: this.state.status === 'canceled' ? 'canceled' : 'completed', end: root?.end ?? null };
  }
}

function refused(refusal: Refusal): ApplicationFailure {
  return ApplicationFailure.create({ message: refusal.message, type: refusal.code, nonRetryable: true, details: [refusal] });
}

/** What a failed activity means: a BPMN error of the connector, or attempts that are spent. */
function failureFact(jobId: string, error: unknown, atMs: number): EngineEvent {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof ApplicationFailure && cause.type === BPMN_ERROR) {
    return { type: 'connectorFailed', atMs, jobId, message, errorCode: String(cause.details?.[0] ?? 'unknown') };
  }
  return { type: 'connectorFailed', atMs, jobId, message };
}

function withAttemptsLeft(call: ConnectorCall, made: number): ConnectorCall {
  return { ...call, retry: { ...call.retry, attempts: Math.max(1, call.retry.attempts - made) } };
}

function swallowCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
