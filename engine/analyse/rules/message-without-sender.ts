import { quoted } from '../../language/suggestion';
import { messagesOf, misspeltIn } from '../messages';
import { pathOfNode, type Rule } from '../rule';

/** A message that no process sends: another system has to, through the API. */
export const messageWithoutSender: Rule = {
  id: 'message-without-sender',
  severity: 'note',
  strict: true,
  about: 'definitions',
  check({ sources }) {
    const messages = messagesOf(sources);
    const { sent, awaited } = messages;
    const misspelt = new Set(sources.complete ? misspeltIn(messages).map((pair) => pair.awaited.name) : []);
    const said = new Set(sent.map(({ name }) => name));
    return awaited.flatMap(({ kind, process, node, name }) => {
      const source = sources.processes.get(process);
      if (kind === 'signal' || said.has(name) || misspelt.has(name) || source === undefined) return [];
      const message = `no process sends the message ${quoted(name)}: another system has to`;
      return [
        {
          document: source.document,
          path: pathOfNode(source, node).path,
          message,
          remedy: 'see that it comes through "POST /v1/messages", or send it from a process',
        },
      ];
    });
  },
};
