import type { CompiledSources } from '../../compile/compile';
import { publishersIn } from '../../compile/publishers';
import { quoted, suggestion } from '../../language/suggestion';
import { type AwaitedNames, awaitedNamesOf } from '../messages';
import type { Remark, Rule } from '../rule';

/** A duty or a dealership says who may publish a name that no process awaits: most often one of the two is misspelt. */
export const publishersWithoutEffect: Rule = {
  id: 'publishers-without-effect',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    if (!sources.complete) return [];
    const awaited = awaitedNamesOf(everyModelOf(sources));
    return sources.documents.flatMap((document): Remark[] => {
      if (document.kind !== 'duty' && document.kind !== 'dealership') return [];
      const said = publishersIn(document.value);
      return (['messages', 'signals'] as const).flatMap((kind) =>
        Object.keys(said[kind]).flatMap((name) => {
          if (isAwaited(name, awaited[kind])) return [];
          const what = kind === 'messages' ? 'message' : 'signal';
          const message = `no process awaits the ${what} ${quoted(name)}, so nobody is kept from anything`;
          const remedy = suggestion(name, awaited[kind].written) ?? 'take it away, or let a process await it';
          return [{ document, path: [kind, name], part: 'key', message, remedy }];
        }),
      );
    });
  },
};

function everyModelOf({ processes, tailored }: CompiledSources) {
  const all = [processes, ...[...tailored.values()].map((tailoring) => tailoring.processes)];
  return all.flatMap((some) => [...some.values()].map(({ compiled }) => compiled.model));
}

/** What is awaited under a computed name may be any, but hardly one that is nearly a written one. */
function isAwaited(name: string, { written, computed }: AwaitedNames['messages']): boolean {
  if (!name.endsWith('.*')) return written.has(name) || (computed && suggestion(name, written) === undefined);
  return computed || [...written].some((one) => one.startsWith(name.slice(0, -1)));
}
