import { businessKeyOf, closureOf } from '../compile/closure';
import type { CompiledDealership } from '../compile/deployment';
import type { HostAnswer, ScenarioHost } from '../language/scenario-host';
import type { Refusal } from '../runtime/events';
import { CaseSimulator } from './case-simulator';
import { observationOf } from './observation';

/** The key of the one case of a simulation. */
const CASE_KEY = 'case';

/** A host for scenarios in virtual time: the engine alone, without servers, thousands of steps a second. */
export function createSimulator(dealership: CompiledDealership): ScenarioHost {
  let simulator: CaseSimulator | undefined;
  let messages = 0;
  const running = (): CaseSimulator => {
    if (simulator === undefined) throw new Error('invariant: the scenario has not started its case');
    return simulator;
  };
  const taskKeyOf = (elementId: string): string => running().tasksOf(elementId)[0]?.key ?? '';

  return {
    start({ processId, atMs, actor, variables }) {
      const closure = closureOf(dealership, processId);
      const businessKey = businessKeyOf(closure, processId, variables, atMs);
      if (!businessKey.ok) return { ok: false, code: 'expression-failed', message: businessKey.message };
      simulator = new CaseSimulator(closure, atMs);
      const start = { instanceKey: CASE_KEY, dealership: dealership.id, variables, businessKey: businessKey.key ?? CASE_KEY, actor };
      return answerOf(simulator.start(start));
    },
    complete: (elementId, actor, outcome, data) => answerOf(running().complete(elementId, actor, outcome, data)),
    claim(elementId, actor) {
      const taskKey = taskKeyOf(elementId);
      const { user: assignee, roles: assigneeRoles } = actor;
      return answerOf(running().apply({ type: 'assignTask', actor, taskKey, assignee, assigneeRoles, allowOverride: false }));
    },
    release: (elementId, actor) => answerOf(running().apply({ type: 'unassignTask', actor, taskKey: taskKeyOf(elementId) })),
    advance(ms) {
      running().advanceTo(running().nowMs + ms);
    },
    publish(name, correlationKey, variables, actor) {
      messages += 1;
      return answerOf(
        running().apply({ type: 'deliverMessage', actor, messageId: `message-${messages}`, name, correlationKey, variables }),
      );
    },
    answerConnector(elementId, answer) {
      const job = Object.values(running().state.jobs).find(({ node }) => node === elementId);
      if (job === undefined)
        return { ok: false, code: 'connector-not-waiting', message: `no connector of "${elementId}" waits for an answer` };
      if (answer.kind === 'output') running().answer(job.id, answer.output);
      else running().fail(job.id, answer.message, answer.kind === 'error' ? answer.code : undefined);
      return { ok: true };
    },
    cancel: (actor, reason) => answerOf(running().apply({ type: 'cancelInstance', actor, reason })),
    resolveIncident(elementId, actor, variables) {
      const incident = Object.values(running().state.incidents).find(({ node }) => node === elementId);
      return answerOf(running().apply({ type: 'resolveIncident', actor, incidentKey: incident?.key ?? '', variables }));
    },
    observe: () => observationOf(running().closure, running().state, running().records),
  };
}

function answerOf(refusal: Refusal | undefined): HostAnswer {
  return refusal === undefined ? { ok: true } : { ok: false, code: refusal.code, message: refusal.message };
}
