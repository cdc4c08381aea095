import type { CompiledSources } from '../compile/compile';
import type { Expression } from '../feel/expression';
import type { Json } from '../json';
import { suggestion } from '../language/suggestion';
import type { Node, ProcessModel } from '../runtime/process-model';

/** A node that sends or awaits a message or a signal, with the process that it belongs to. */
export interface MessageUse {
  kind: 'message' | 'signal';
  process: string;
  node: string;
  name: string;
}

/** All messages and signals that processes send and await, but for those whose names are computed. */
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

/** The names that are awaited, by what bears them, and whether there are computed ones beside those that are written. */
export interface AwaitedNames {
  messages: { written: Set<string>; computed: boolean };
  signals: { written: Set<string>; computed: boolean };
}

/** All names that models await or begin with. */
export function awaitedNamesOf(models: readonly ProcessModel[]): AwaitedNames {
  const names: AwaitedNames = {
    messages: { written: new Set(), computed: false },
    signals: { written: new Set(), computed: false },
  };
  for (const model of models) {
    for (const node of Object.values(model.nodes)) {
      const { kind, name } = listenedFor(node) ?? {};
      if (kind === undefined || name === undefined) continue;
      const known = kind === 'message' ? names.messages : names.signals;
      if (typeof name === 'string') known.written.add(name);
      else known.computed = true;
    }
  }
  return names;
}

/** What is awaited and never sent, with what is sent under nearly the same name and never awaited: most likely one is the other, misspelt. */
export function misspeltIn({ sent, awaited }: { sent: MessageUse[]; awaited: MessageUse[] }): { awaited: MessageUse; sent: MessageUse }[] {
  const keyOf = ({ kind, name }: MessageUse): string => `${kind} ${name}`;
  const heard = new Set(awaited.map(keyOf));
  const said = new Set(sent.map(keyOf));
  const lost = sent.filter((one) => !heard.has(keyOf(one)));
  return awaited.flatMap((one) => {
    if (said.has(keyOf(one))) return [];
    const near = nearest(
      one.name,
      lost.filter(({ kind }) => kind === one.kind),
    );
    return near === undefined ? [] : [{ awaited: one, sent: near }];
  });
}

function nearest(name: string, others: readonly MessageUse[]): MessageUse | undefined {
  const said = suggestion(
    name,
    others.map((other) => other.name),
  );
  return others.find((other) => said === suggestion(other.name, [other.name]));
}

type Named = Pick<MessageUse, 'kind' | 'name'> | undefined;

function sentBy(node: Node): Named {
  if (node.kind === 'sendTask') return written('message', node.message.name);
  if (node.kind === 'serviceTask')
    return node.connector === 'message.publish' ? written('message', literalOf(node.input['name'])) : undefined;
  const throws = 'throws' in node ? node.throws : undefined;
  if (throws?.kind === 'message') return written('message', throws.message.name);
  return throws?.kind === 'signal' ? written('signal', throws.name) : undefined;
}

function literalOf(value: Expression | { literal: Json } | undefined): string | object {
  return value !== undefined && 'literal' in value ? String(value.literal) : {};
}

function awaitedBy(node: Node): Named {
  const heard = listenedFor(node);
  return heard === undefined ? undefined : written(heard.kind, heard.name);
}

function listenedFor(node: Node): { kind: MessageUse['kind']; name: string | object } | undefined {
  if (node.kind === 'receiveTask') return { kind: 'message', name: node.message.name };
  const trigger = 'trigger' in node ? node.trigger : undefined;
  if (trigger?.kind === 'message') return { kind: 'message', name: trigger.message.name };
  return trigger?.kind === 'signal' ? { kind: 'signal', name: trigger.name } : undefined;
}

function written(kind: MessageUse['kind'], name: string | object): Named {
  return typeof name === 'string' ? { kind, name } : undefined;
}
