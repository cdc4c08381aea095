import { quoted, suggestion } from '../../language/suggestion';
import { messagesOf, misspeltIn } from '../messages';
import { pathOfNode, type Rule } from '../rule';

/** A process sends a message that no process awaits: it is lost. */
export const messageNotAwaited: Rule = {
  id: 'message-not-awaited',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    if (!sources.complete) return [];
    const messages = messagesOf(sources);
    const { sent, awaited } = messages;
    const misspelt = new Set(misspeltIn(messages).map((pair) => pair.sent.name));
    const names = new Set(awaited.flatMap(({ kind, name }) => (kind === 'message' ? [name] : [])));
    return sent.flatMap(({ kind, process, node, name }) => {
      const source = sources.processes.get(process);
      if (kind === 'signal' || names.has(name) || misspelt.has(name) || source === undefined) return [];
      const remedy = suggestion(name, names) ?? 'let a process begin with it or wait for it, or do not send it';
      return [
        { document: source.document, path: pathOfNode(source, node).path, message: `nobody awaits the message ${quoted(name)}`, remedy },
      ];
    });
  },
};
