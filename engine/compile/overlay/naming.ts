import type { DocumentKind } from '../../language/source-document';
import { type Piece, textAt } from './piece';

/** What has a name in documents of one kind, by the keys under which it stands, at any depth. */
interface Naming {
  /** Lists whose items have an `id`. */
  lists: ReadonlySet<string>;
  /** Those of them whose items share one set of ids. */
  shared: ReadonlySet<string>;
  /** Maps whose keys are the names. */
  maps: ReadonlySet<string>;
  /** Maps with an `id` in them. */
  single: ReadonlySet<string>;
  /** Lists whose items are named by their numbers, from 1. */
  rows: ReadonlySet<string>;
  /** Nothing under these keys has a name. */
  opaque: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();
const steps = ['steps', 'nodes', 'flows', 'eventSubProcesses', 'do', 'boundary', 'exclusive', 'parallel', 'inclusive', 'eventBased'];

/** Kinds of documents that overlays change. A further kind is a further entry. */
const namings: Partial<Record<DocumentKind, Naming>> = {
  process: {
    lists: new Set([...steps, 'start', 'overdue', 'outcomes', 'locked']),
    shared: new Set(steps),
    maps: new Set(['variables']),
    single: new Set(['compensate']),
    rows: new Set(['rules']),
    opaque: new Set(['input', 'output', 'set', 'collect', 'default', 'assign']),
  },
  form: {
    lists: none,
    shared: none,
    maps: new Set(['properties']),
    single: none,
    rows: none,
    opaque: new Set(['default', 'enum', 'examples']),
  },
  decision: {
    lists: new Set(['inputs', 'outputs', 'context']),
    shared: none,
    maps: none,
    single: none,
    rows: new Set(['rules']),
    opaque: none,
  },
  register: {
    lists: none,
    shared: none,
    maps: new Set(['columns', 'computed']),
    single: none,
    rows: none,
    opaque: new Set(['default', 'enum', 'examples']),
  },
  report: {
    lists: new Set(['group', 'columns']),
    shared: none,
    maps: new Set(['measures']),
    single: none,
    rows: none,
    opaque: none,
  },
  template: {
    lists: new Set(['content', 'fields', 'totals', 'columns']),
    shared: none,
    maps: new Set(['values']),
    single: none,
    rows: none,
    opaque: new Set(['default', 'enum', 'examples']),
  },
};

/** The kinds of documents that overlays change. */
export const overlaidKinds = Object.keys(namings) as DocumentKind[];

/** Something in a document that an operation can name. */
export interface Named {
  name: string;
  piece: Piece;
  /** What it stands in: a list, or a map with it under `key`. */
  holder: Piece;
  key?: string;
  /** The names and keys around it, from the outside in. */
  around: readonly string[];
  /** Its id is one of those that the whole document shares. */
  shared: boolean;
}

/** Everything in a document that has a name, in the order of the text; what holds something comes before it. */
export function namedIn(kind: DocumentKind, root: Piece): Named[] {
  const naming = namings[kind];
  if (naming === undefined) return [];
  const found: Named[] = [];
  const add = (named: Named): void => {
    found.push(named);
    walk(named.piece, [...named.around, named.name]);
  };
  const walk = (piece: Piece, around: readonly string[]): void => {
    for (const [key, member] of piece.members ?? []) {
      if (naming.opaque.has(key)) continue;
      const within = [...around, key];
      if (naming.maps.has(key) && member.members !== undefined) {
        for (const [name, inner] of member.members) add({ name, piece: inner, holder: member, key: name, around: within, shared: false });
      } else if ((naming.lists.has(key) || naming.rows.has(key)) && member.items !== undefined) {
        for (const item of member.items) {
          const name = nameOf(item, key);
          if (name === undefined) walk(item, within);
          else add({ name, piece: item, holder: member, around: within, shared: naming.shared.has(key) });
        }
      } else if (naming.single.has(key)) {
        const name = textAt(member, 'id');
        if (name !== undefined) add({ name, piece: member, holder: piece, key, around: within, shared: true });
      } else {
        walk(member, around);
        for (const item of member.items ?? []) walk(item, around);
      }
    }
  };
  walk(root, []);
  return found;
}

function nameOf(item: Piece, key: string): string | undefined {
  if (item.label !== undefined) return item.label;
  const id = textAt(item, 'id');
  if (id !== undefined) return id;
  const [from, to] = [textAt(item, 'from'), textAt(item, 'to')];
  return key === 'flows' && from !== undefined && to !== undefined ? `${from}>${to}` : undefined;
}

/** Gives names to what has none of its own: rows of tables, and starts as the language numbers them. They stay while one overlay is applied. */
export function countOff(kind: DocumentKind, root: Piece): void {
  const rows = namings[kind]?.rows ?? none;
  const walk = (piece: Piece, key: string): void => {
    piece.items?.forEach((item, index) => {
      delete item.label;
      if (rows.has(key)) item.label = String(index + 1);
      else if (key === 'start' && textAt(item, 'id') === undefined)
        item.label = item.members?.has('form') === true ? 'start' : `start.${index + 1}`;
      walk(item, '');
    });
    for (const [name, member] of piece.members ?? []) walk(member, name);
  };
  walk(root, '');
}

/** What a target such as `review/urge` names; several where it does not say enough. */
export function findNamed(all: readonly Named[], target: string): Named[] {
  const parts = target.split('/');
  const name = parts.pop();
  return all.filter((one) => {
    let at = 0;
    return (
      one.name === name &&
      parts.every((part) => {
        at = one.around.indexOf(part, at) + 1;
        return at > 0;
      })
    );
  });
}

/** A short target that names this alone: with what is around it by name, from the inside out, before the keys of lists. */
export function targetOf(all: readonly Named[], named: Named): string {
  const { name, around } = named;
  const names = new Set(all.map((one) => one.name));
  const single = [...around].reverse().sort((a, b) => Number(names.has(b)) - Number(names.has(a)));
  const whole = [...around, name].join('/');
  return [name, ...single.map((part) => `${part}/${name}`)].find((target) => findNamed(all, target).length === 1) ?? whole;
}
