import { quoted } from '../../language/suggestion';
import type { Node, ProcessModel } from '../../runtime/process-model';

/** Whether a node does what another one does, whatever it is called and wherever it stands. Of tasks for people that is not known. */
export function doesTheSame(one: Node, other: Node): boolean {
  if (one.kind === 'callActivity' && other.kind === 'callActivity') return one.process === other.process;
  if (one.kind === 'sendTask' && other.kind === 'sendTask') return JSON.stringify(one.message) === JSON.stringify(other.message);
  if (one.kind === 'serviceTask' && other.kind === 'serviceTask')
    return one.connector === other.connector && JSON.stringify(one.input) === JSON.stringify(other.input);
  return false;
}

/** Why a step that a control needs does less than it did, so that its completion says nothing; undefined where it does as much. */
export function hollowed(base: Node, now: Node): string | undefined {
  if (base.kind !== now.kind) return `is a ${now.kind} now, no ${base.kind}`;
  if (base.kind === 'callActivity' && now.kind === 'callActivity') {
    if (base.process !== now.process) return `calls ${quoted(now.process)} now, not ${quoted(base.process)}`;
    if (now.detached === true && base.detached !== true) return 'is detached now, so that nobody waits for it';
  }
  if (base.kind === 'serviceTask' && now.kind === 'serviceTask' && base.connector !== now.connector)
    return `calls the connector ${quoted(now.connector)} now, not ${quoted(base.connector)}`;
  if (base.kind === 'userTask' && now.kind === 'userTask') {
    const { ifNobody } = now.assign;
    if (ifNobody?.kind === 'outcome' && base.assign.ifNobody?.kind !== 'outcome') return 'is completed now where nobody may do it';
  }
  const [loopBefore, loopNow] = [loopOf(base), loopOf(now)];
  if (loopNow !== undefined && loopNow !== loopBefore) return 'is repeated now, and may be done no time at all';
  return undefined;
}

function loopOf(node: Node): string | undefined {
  if (!('loop' in node) || node.loop === undefined) return undefined;
  const { loop } = node;
  if (loop.kind === 'standard') return loop.test === 'after' ? undefined : loop.condition.text;
  return `${loop.collection?.text ?? ''} ${loop.count?.text ?? ''} ${loop.until?.text ?? ''}`;
}

/** Whether a deadline or the lack of people completes a task, so that not every completion is somebody's. */
export function completesItself(node: Node): boolean {
  return node.kind === 'userTask' && node.overdue.some(({ action }) => action.kind === 'decide');
}

/** What a node writes: each name, with what tells the same writing from another. */
function writesOf(node: Node): Map<string, string> {
  const writes = new Map<string, string>();
  if (node.kind === 'scriptTask') for (const { variable, value } of node.set) writes.set(variable, value.text);
  if ('result' in node && node.result !== undefined) writes.set(node.result, node.kind === 'userTask' ? (node.form ?? '') : node.kind);
  if ('output' in node) for (const [name, value] of Object.entries(node.output ?? {})) writes.set(name, value.text);
  if ('loop' in node && node.loop?.kind === 'multiInstance')
    for (const { variable, value } of node.loop.collect) writes.set(variable, value.text);
  return writes;
}

/** Nodes of a model that write a name otherwise than the document itself has it. `original` gives the node that one was, if any. */
export function newWriters(model: ProcessModel, original: (id: string) => Node | undefined, names: ReadonlySet<string>): string[] {
  return Object.values(model.nodes).flatMap((node) => {
    const known = original(node.id);
    const before: ReadonlyMap<string, string> = known === undefined ? new Map() : writesOf(known);
    return [...writesOf(node)].some(([name, how]) => names.has(name) && before.get(name) !== how) ? [node.id] : [];
  });
}
