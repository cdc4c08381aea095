import type { CompiledSources } from '../compile/compile';
import type { Node } from '../runtime/process-model';

/** A node that sends or awaits a message or a signal, with the process that it belongs to. */
export interface MessageUse {
  kind: 'message' | 'signal';
  process: string;
  node: string;
  name: string;
}

/** All messages and signals that processes send and await, but for signals whose names are computed. */
export function messagesOf(sources: CompiledSources): { sent: MessageUse[]; awaited: MessageUse[] } {
  const sent: MessageUse[] = [];
  const awaited: MessageUse[] = [];
  for (const [process, { compiled }] of sources.processes) {
    for (const node of Object.values(compiled.model.nodes)) {
      const out = sentBy(node);
      const into = awaitedBy(node);
      if (out !== undefined) sent.push({ process, node: node.id, ...out });
      if (into !== undefined) awaited.push({ process, node: node.id, ...into });
    }
  }
  return { sent, awaited };
}

type Named = Pick<MessageUse, 'kind' | 'name'> | undefined;

function sentBy(node: Node): Named {
  if (node.kind === 'sendTask') return { kind: 'message', name: node.message.name };
  const throws = 'throws' in node ? node.throws : undefined;
  if (throws?.kind === 'message') return { kind: 'message', name: throws.message.name };
  return throws?.kind === 'signal' && typeof throws.name === 'string' ? { kind: 'signal', name: throws.name } : undefined;
}

function awaitedBy(node: Node): Named {
  if (node.kind === 'receiveTask') return { kind: 'message', name: node.message.name };
  const trigger = 'trigger' in node ? node.trigger : undefined;
  if (trigger?.kind === 'message') return { kind: 'message', name: trigger.message.name };
  return trigger?.kind === 'signal' && typeof trigger.name === 'string' ? { kind: 'signal', name: trigger.name } : undefined;
}
