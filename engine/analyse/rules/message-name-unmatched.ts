import { quoted } from '../../language/suggestion';
import { messagesOf, misspeltIn } from '../messages';
import { pathOfNode, type Rule } from '../rule';

/** A process awaits a message or a signal that nobody sends, while one of nearly the same name is sent and awaited by nobody. */
export const messageNameUnmatched: Rule = {
  id: 'message-name-unmatched',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    if (!sources.complete) return [];
    return misspeltIn(messagesOf(sources)).flatMap(({ awaited, sent }) => {
      const source = sources.processes.get(awaited.process);
      if (source === undefined) return [];
      const sender = `${quoted(pathOfNode(sources.processes.get(sent.process) ?? source, sent.node).id)} of process ${quoted(sent.process)}`;
      const message = `no process sends the ${awaited.kind} ${quoted(awaited.name)}, and nobody awaits ${quoted(sent.name)}, which ${sender} sends`;
      const remedy = `did you mean ${quoted(sent.name)}? Write one name at both places`;
      return [{ document: source.document, path: pathOfNode(source, awaited.node).path, message, remedy }];
    });
  },
};
