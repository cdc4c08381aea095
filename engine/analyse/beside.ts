import type { Node, ProcessModel } from '../runtime/process-model';
import { conditionsOf } from './writers';

/** An event that does not interrupt, and may come again. */
export function isBeside(node: Node | undefined): boolean {
  return (node?.kind === 'boundaryEvent' || node?.kind === 'startEvent') && node.interrupting === false;
}

/**
 * The nodes to which a token can come from an event that does not interrupt. The search lets such an event come again only when the steps of the last time are
 * done, so that it does not see them several times at once.
 */
export function besideIn(nodes: Readonly<Record<string, Node>>, followers: (node: string) => readonly string[]): Set<string> {
  const found = new Set(Object.values(nodes).flatMap((node) => (isBeside(node) ? [node.id] : [])));
  for (const id of found) for (const next of followers(id)) found.add(next);
  return found;
}

/**
 * Nodes and flows of which the search cannot say that they are never reached: they come after an event that does not interrupt, and conditions there read what
 * steps there set to one value and another, as it is while the event comes once more.
 */
export function unseenBeside(model: ProcessModel, followers: (node: string) => readonly string[]): ReadonlySet<string> {
  const beside = besideIn(model.nodes, followers);
  const values = new Map<string, Set<string>>();
  for (const node of Object.values(model.nodes)) {
    if (node.kind !== 'scriptTask' || !beside.has(node.id)) continue;
    for (const { variable, value } of node.set) values.set(variable, (values.get(variable) ?? new Set()).add(value.text));
  }
  const flows = Object.values(model.flows).flatMap(({ id, from }) => (beside.has(from) ? [id] : []));
  const all = new Set([...beside, ...flows]);
  const isRead = conditionsOf(model).some(
    ({ id, expression }) => all.has(id) && expression.reads.some((name) => (values.get(name)?.size ?? 0) > 1),
  );
  return isRead ? all : new Set();
}
