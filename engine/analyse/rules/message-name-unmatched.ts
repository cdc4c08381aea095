import { quoted, suggestion } from '../../language/suggestion';
import { messagesOf } from '../messages';
import { pathOfNode, type Rule } from '../rule';

/** A process awaits a message that nobody sends, while one of nearly the same name is sent and awaited by nobody. */
export const messageNameUnmatched: Rule = {
  id: 'message-name-unmatched',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    const { sent, awaited } = messagesOf(sources);
    const heard = new Set(awaited.map(({ name }) => name));
    const said = new Set(sent.map(({ name }) => name));
    const lost = [...said].filter((name) => !heard.has(name));
    return awaited.flatMap(({ process, node, name }) => {
      const source = sources.processes.get(process);
      const near = said.has(name) ? undefined : suggestion(name, lost);
      if (near === undefined || source === undefined) return [];
      return [
        {
          document: source.document,
          path: pathOfNode(source, node).path,
          message: `no process sends the message ${quoted(name)}`,
          remedy: near,
        },
      ];
    });
  },
};
