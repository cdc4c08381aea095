import type { CompiledSources } from '../compile/compile';
import type { Node } from '../runtime/process-model';

/** A node that sends or awaits a message, with the process that it belongs to. */
export interface MessageUse {
  process: string;
  node: string;
  name: string;
}

/** All messages that processes send and await. */
export function messagesOf(sources: CompiledSources): { sent: MessageUse[]; awaited: MessageUse[] } {
  const sent: MessageUse[] = [];
  const awaited: MessageUse[] = [];
  for (const [process, { compiled }] of sources.processes) {
    for (const node of Object.values(compiled.model.nodes)) {
      const out = sentBy(node);
      const into = awaitedBy(node);
      if (out !== undefined) sent.push({ process, node: node.id, name: out });
      if (into !== undefined) awaited.push({ process, node: node.id, name: into });
    }
  }
  return { sent, awaited };
}

function sentBy(node: Node): string | undefined {
  if (node.kind === 'sendTask') return node.message.name;
  return 'throws' in node && node.throws?.kind === 'message' ? node.throws.message.name : undefined;
}

function awaitedBy(node: Node): string | undefined {
  if (node.kind === 'receiveTask') return node.message.name;
  return 'trigger' in node && node.trigger?.kind === 'message' ? node.trigger.message.name : undefined;
}
