import { quoted, suggestion } from '../../language/suggestion';
import { messagesOf } from '../messages';
import { pathOfNode, type Rule } from '../rule';

/** A process awaits a message or a signal that nobody sends, while one of nearly the same name is sent and awaited by nobody. */
export const messageNameUnmatched: Rule = {
  id: 'message-name-unmatched',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    if (!sources.complete) return [];
    const { sent, awaited } = messagesOf(sources);
    const keyOf = ({ kind, name }: { kind: string; name: string }): string => `${kind} ${name}`;
    const heard = new Set(awaited.map(keyOf));
    const said = new Set(sent.map(keyOf));
    const lost = sent.filter((one) => !heard.has(keyOf(one)));
    return awaited.flatMap((one) => {
      const source = sources.processes.get(one.process);
      const candidates = lost.flatMap(({ kind, name }) => (kind === one.kind ? [name] : []));
      const near = said.has(keyOf(one)) ? undefined : suggestion(one.name, candidates);
      if (near === undefined || source === undefined) return [];
      const message = `no process sends the ${one.kind} ${quoted(one.name)}`;
      return [{ document: source.document, path: pathOfNode(source, one.node).path, message, remedy: near }];
    });
  },
};
