import type { Json, JsonObject } from '../json';
import { listOf, mapOf } from './step-document';

/** Who may publish what through the API: roles by name, or by what names begin with before ".*". */
export interface Publishers {
  messages: Record<string, string[]>;
  signals: Record<string, string[]>;
}

/** Roles that may publish whatever no document mentions. */
const anyNameBy: readonly string[] = ['clerk', 'finance', 'admin'];

/** What a duty's or a dealership's document says of who may publish what. */
export function publishersIn(document: JsonObject): Publishers {
  return { messages: rolesByName(document['messages']), signals: rolesByName(document['signals']) };
}

function rolesByName(value: Json | undefined): Record<string, string[]> {
  return Object.fromEntries(Object.entries(mapOf(value)).map(([name, said]) => [name, listOf(mapOf(said)['publishers']).map(String)]));
}

/** What several documents say together: of duties that name the same, the roles of each; what the dealership says of a name itself takes their place. */
export function joinPublishers(duties: readonly Publishers[], own: Publishers): Publishers {
  const joined = (kind: keyof Publishers): Record<string, string[]> => {
    const all = new Map<string, string[]>();
    for (const duty of duties) {
      for (const [name, roles] of Object.entries(duty[kind])) all.set(name, [...new Set([...(all.get(name) ?? []), ...roles])]);
    }
    for (const [name, roles] of Object.entries(own[kind])) all.set(name, roles);
    return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return { messages: joined('messages'), signals: joined('signals') };
}

/** Whether nothing is left to anybody. */
export function saysNothing({ messages, signals }: Publishers): boolean {
  return Object.keys(messages).length + Object.keys(signals).length === 0;
}

/** The roles that a name is left to, with "admin" among them; undefined where nothing is said of it. Its own name comes before any beginning, a longer one before a shorter. */
export function publishersOf(publishers: Publishers | undefined, kind: keyof Publishers, name: string): string[] | undefined {
  const said = publishers?.[kind] ?? {};
  const beginning = Object.keys(said)
    .filter((pattern) => pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1)))
    .sort((a, b) => b.length - a.length)[0];
  const meant = Object.hasOwn(said, name) ? name : beginning;
  const roles = meant === undefined ? undefined : said[meant];
  return roles === undefined ? undefined : [...new Set([...roles, 'admin'])];
}

/** The roles that may publish a name: those that it is left to, else those that may publish anything of which nothing is said. */
export function rolesThatPublish(publishers: Publishers | undefined, kind: keyof Publishers, name: string): readonly string[] {
  return publishersOf(publishers, kind, name) ?? anyNameBy;
}

/** The roles that may hand in variables for starts by a condition, which have no name. */
export const rolesThatHandIn = anyNameBy;
