import { CONNECTOR_SIGNATURES, TRIES_SPENT } from '../../connectors/catalogue';
import { quoted, suggestion } from '../../language/suggestion';
import type { Node, ProcessModel } from '../../runtime/process-model';
import { unseenBeside } from '../beside';
import { type ExploredProcess, pathOfNode, type Rule } from '../rule';

/** An event at a step can never happen while the step is at work. */
export const boundaryNeverFires: Rule = {
  id: 'boundary-never-fires',
  severity: 'warning',
  about: 'process',
  check(process) {
    const { exploration, model, document } = process;
    if (!exploration.complete) return [];
    const unseen = unseenBeside(model, exploration.model.followers);
    return Object.values(model.nodes).flatMap((node) => {
      if (unseen.has(node.id)) return [];
      if (node.kind !== 'boundaryEvent' || exploration.reached.has(node.id) || !exploration.reached.has(node.attachedTo)) return [];
      if (mayComeFromCall(process, node)) return [];
      const { id, path } = pathOfNode(process, node.id);
      return [
        {
          document,
          path,
          message: `the event ${quoted(id)} can never happen while ${quoted(node.attachedTo)} is at work`,
          remedy: remedyOf(process, node),
        },
      ];
    });
  },
};

type BoundaryNode = Extract<Node, { kind: 'boundaryEvent' }>;

/** Errors and escalations of a called process inside are not seen from here. */
function mayComeFromCall({ model }: ExploredProcess, { attachedTo, trigger }: BoundaryNode): boolean {
  if (trigger.kind !== 'error' && trigger.kind !== 'escalation') return false;
  const isInside = (id: string | undefined): boolean => id !== undefined && (id === attachedTo || isInside(model.nodes[id]?.parent));
  return Object.values(model.nodes).some((node) => node.kind === 'callActivity' && isInside(node.id));
}

function remedyOf({ model }: ExploredProcess, { attachedTo, trigger }: BoundaryNode): string {
  const kind = model.nodes[attachedTo]?.kind;
  if (kind === 'scriptTask' || kind === 'task' || kind === 'sendTask' || kind === 'businessRuleTask') {
    return 'the step is done at once, so nothing can happen meanwhile: put the event at a step that waits';
  }
  const thrown = connectorErrors(model, attachedTo);
  const near =
    'code' in trigger && trigger.code !== undefined ? suggestion(trigger.code, [...codesIn(model, trigger.kind), ...thrown]) : undefined;
  if (near !== undefined) return near;
  if (trigger.kind === 'error' && thrown.length > 0)
    return `its connector gives ${thrown.map(quoted).join(', ')}: write one of them, or leave the code out`;
  if (trigger.kind === 'error')
    return 'only a connector, a called process or a "throw" inside of the step gives errors: put it there, or delete it';
  if (trigger.kind === 'escalation') return `throw the escalation inside of the step, or delete the event`;
  if (trigger.kind === 'cancel') return 'add an end with "cancel: true" to the transaction, or delete the event';
  return 'put it at a step that waits, or look at its condition';
}

/** The errors of the connector that a service task calls. */
function connectorErrors(model: ProcessModel, attachedTo: string): string[] {
  const node = model.nodes[attachedTo];
  if (node?.kind !== 'serviceTask') return [];
  return [...(CONNECTOR_SIGNATURES.get(node.connector)?.errors ?? []), TRIES_SPENT];
}

/** The codes that are thrown anywhere in the process. */
function codesIn(model: ProcessModel, kind: 'error' | 'escalation'): string[] {
  return Object.values(model.nodes).flatMap((node) => {
    const throws = 'throws' in node ? node.throws : undefined;
    return throws?.kind === kind && typeof throws.code === 'string' ? [throws.code] : [];
  });
}
