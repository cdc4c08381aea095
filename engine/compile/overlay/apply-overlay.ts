import type { Json } from '../../json';
import type { Path, SourceDocument } from '../../language/source-document';
import { quoted, suggestion } from '../../language/suggestion';
import { localizedText } from '../localized-text';
import type { Report } from '../report';
import { listOf, mapOf, textOf } from '../step-document';
import { countOff, findNamed, type Named, namedIn, targetOf } from './naming';
import { differences, mergeInto, sameValue, splice, spliceMembers, touched } from './operations';
import { type Change, mark, type Piece, pieceOf, plainOf } from './piece';

/** What operations have taken away, so that a later one that wants it can be told of it. */
export type Removed = Map<string, Change>;

/** What an operation found where it was to change something: `neiqin rebase` writes it down. */
export interface FoundBefore {
  path: Path;
  was: Json;
}

/** What stands beside which verb; all else stands beside any. */
const belongs: Readonly<Record<string, readonly string[]>> = { insert: ['after', 'before'], was: ['at', 'replace', 'remove'] };
const verbs = ['at', 'after', 'before', 'replace', 'remove'] as const;

/**
 * Applies the operations of one overlay to a document, in their order. An operation that finds nothing to change is a finding, and the others are
 * applied all the same. Pieces are changed in place.
 *
 * @param most how many operations are applied, from the first on
 */
export function applyOverlay(
  base: SourceDocument,
  root: Piece,
  report: Report,
  removed: Removed,
  most = Number.POSITIVE_INFINITY,
): FoundBefore[] {
  countOff(base.kind, root);
  const found: FoundBefore[] = [];
  listOf(report.document.value['change'])
    .slice(0, Math.max(0, most))
    .forEach((_, index) => {
      const was = new Operation(base, root, report, index, removed).apply();
      if (was !== undefined) found.push({ path: ['change', index], was });
    });
  return found;
}

class Operation {
  readonly #path: Path;
  readonly #verb: (typeof verbs)[number];
  readonly #target: string;
  readonly #by: Change;

  constructor(
    private readonly base: SourceDocument,
    private readonly root: Piece,
    private readonly report: Report,
    index: number,
    private readonly removed: Removed,
  ) {
    const { document } = report;
    this.#path = ['change', index];
    const operation = mapOf(document.at(this.#path));
    this.#verb = verbs.find((verb) => operation[verb] !== undefined) ?? 'at';
    this.#target = textOf(operation[this.#verb]) ?? '';
    const { file, line } = document.place(this.#path);
    const reason = operation['reason'];
    for (const key of Object.keys(operation)) {
      if (key === this.#verb || (belongs[key] ?? [this.#verb]).includes(this.#verb)) continue;
      const complaint = { rule: 'misplaced-key', message: `${quoted(key)} has no meaning beside ${quoted(this.#verb)}` };
      report.at([...this.#path, key], { ...complaint, remedy: 'leave it out, or make it a change of its own' }, 'key');
    }
    this.#by = { layer: layerOf(document), file, line, ...(reason === undefined ? {} : { reason: localizedText(reason, '') }) };
  }

  /** What stood there before; undefined where nothing was to be changed or nothing was found. */
  apply(): Json | undefined {
    const was = this.#perform(namedIn(this.base.kind, this.root));
    this.#checkIds();
    return was;
  }

  #perform(all: readonly Named[]): Json | undefined {
    if (this.#target === this.base.id) return this.#atRoot();
    const [named, ...others] = findNamed(all, this.#target);
    if (named === undefined) return this.#gone(all);
    if (others.length > 0) return this.#ambiguous(all, [named, ...others]);
    if (named.around.includes('locked') && this.#verb !== 'after' && this.#verb !== 'before') return this.#locked(this.#verb);
    switch (this.#verb) {
      case 'at':
        return this.#merge(named.piece);
      case 'after':
      case 'before':
        return this.#insert(named, all);
      case 'replace':
        return this.#replace(named);
      default:
        return this.#remove(named);
    }
  }

  #atRoot(): Json | undefined {
    if (this.#verb === 'at') return this.#merge(this.root);
    this.#complain('overlay-place', `${quoted(this.#target)} is the whole document`, 'change it with "merge", or name something in it');
    return undefined;
  }

  #merge(target: Piece): Json | undefined {
    const merge = this.#written('merge');
    if (target.members === undefined) {
      this.#complain(
        'overlay-place',
        `${quoted(this.#target)} is no map, so that nothing can be merged into it`,
        'write "replace" and "with"',
      );
      return undefined;
    }
    if (target === this.root && merge.members?.has(this.base.kind) === true) {
      const path = [...this.#path, 'merge', this.base.kind];
      this.report.at(path, { rule: 'overlay-place', message: `the id of a ${this.base.kind} cannot be changed`, remedy: 'leave it out' });
      return undefined;
    }
    if (target === this.root && merge.members?.has('locked') === true) return this.#locked('merge', 'locked');
    const before = touched(target, merge);
    this.#compare(before, plainOf(merge));
    if (!mergeInto(target, merge, this.#by)) this.#withoutEffect();
    return before;
  }

  #insert({ piece, holder, key }: Named, all: readonly Named[]): undefined {
    const insert = this.#written('insert');
    const place = this.#verb === 'after' ? 'after' : 'before';
    if (holder.items !== undefined) {
      if (insert.items === undefined) return this.#wrongInsert('a list: "insert: [{ id: ... }]"');
      splice(holder.items, piece, mark(insert, this.#by).items ?? [], place);
      return undefined;
    }
    if (!this.#holdsNames(holder, all)) {
      this.#complain('overlay-place', `nothing can stand ${place} ${quoted(this.#target)}`, 'merge it into what is around it');
      return undefined;
    }
    if (insert.members === undefined) return this.#wrongInsert('a map: "insert: { <name>: ... }"');
    for (const name of insert.members.keys()) {
      if (holder.members?.has(name) !== true) continue;
      const complaint = {
        rule: 'duplicate-id',
        message: `there is a ${quoted(name)} already`,
        remedy: 'merge into it with "at", or choose another name',
      };
      this.report.at([...this.#path, 'insert', name], complaint, 'key');
      insert.members.delete(name);
    }
    spliceMembers(holder.members as Map<string, Piece>, key as string, mark(insert, this.#by).members ?? [], place);
    return undefined;
  }

  #replace({ piece, holder, key }: Named): Json {
    const pieces = this.#written('with');
    const before = plainOf(piece);
    this.#compare(before, plainOf(pieces));
    this.#takeAway(piece);
    if (sameValue(before, plainOf(pieces))) this.#withoutEffect();
    mark(pieces, this.#by);
    // a row is a list itself: a list of rows stands in the place of one only where its items are lists
    const several = pieces.items !== undefined && (piece.items === undefined || pieces.items.every(({ items }) => items !== undefined));
    if (holder.items !== undefined) splice(holder.items, piece, several ? (pieces.items ?? []) : [pieces], 'instead');
    else {
      const { key: written } = piece;
      const put = written === undefined ? pieces : { ...pieces, key: pieces.key ?? written };
      spliceMembers(holder.members as Map<string, Piece>, key as string, [[key as string, put]], 'instead');
    }
    return before;
  }

  #remove({ piece, holder, key }: Named): Json {
    const before = plainOf(piece);
    this.#compare(before, undefined);
    this.#takeAway(piece);
    if (holder.items !== undefined) splice(holder.items, piece, [], 'instead');
    else holder.members?.delete(key as string);
    return before;
  }

  #takeAway(piece: Piece): void {
    for (const { name } of namedIn(this.base.kind, piece)) this.removed.set(name, this.#by);
    this.removed.set(this.#target.split('/').at(-1) ?? '', this.#by);
  }

  /** Names of maps are keys beside each other; a handler stands alone. */
  #holdsNames(holder: Piece, all: readonly Named[]): boolean {
    return [...(holder.members?.values() ?? [])].every((member) => all.some(({ piece }) => piece === member));
  }

  #written(key: 'merge' | 'insert' | 'with'): Piece {
    const { document } = this.report;
    let span = document.root;
    for (const part of [...this.#path, key]) span = span.parts?.get(String(part)) ?? span;
    const { key: _key, ...piece } = pieceOf(document.at([...this.#path, key]) ?? null, span, document.source);
    return piece;
  }

  /** Complains about ids that the document has twice now: at the overlay, since the document was there before. */
  #checkIds(): void {
    const all = namedIn(this.base.kind, this.root).filter(({ shared }) => shared);
    const names = new Map<string, number>();
    for (const { name } of all) names.set(name, (names.get(name) ?? 0) + 1);
    for (const { name, piece } of all) {
      const id = piece.members?.get('id');
      if (names.get(name) === 1 || id?.by !== this.#by) continue;
      const path = pathTo(this.report.document, id.value);
      this.report.at(path, { rule: 'duplicate-id', message: `the process has a ${quoted(name)} already`, remedy: 'choose another id' });
    }
  }

  #wrongInsert(what: string): undefined {
    const complaint = {
      rule: 'overlay-place',
      message: `what stands beside ${quoted(this.#target)} is inserted as ${what.slice(0, what.indexOf(':'))}`,
    };
    this.report.at([...this.#path, 'insert'], { ...complaint, remedy: `write ${what}` }, 'key');
    return undefined;
  }

  #withoutEffect(): void {
    const message = `the ${this.base.kind} is the same without this change`;
    this.report.at(this.#path, { rule: 'overlay-without-effect', severity: 'warning', message, remedy: 'delete it' });
  }

  #locked(...path: string[]): undefined {
    const message = 'what is locked stays as it is; an overlay can add to it only';
    this.report.at([...this.#path, ...path], {
      rule: 'locked-changed',
      message,
      remedy: 'insert a control after another one, or leave this out',
    });
    return undefined;
  }

  #gone(all: readonly Named[]): undefined {
    const by = this.removed.get(this.#target.split('/').at(-1) ?? '');
    const names = new Set([this.base.id, ...all.map((named) => targetOf(all, named))]);
    const where = `in ${this.base.kind} ${quoted(this.base.id)}`;
    const { document } = this.report;
    const was = document.at([...this.#path, 'was']);
    const here = document.at([...this.#path, 'merge']) ?? document.at([...this.#path, 'with']);
    const then = was === undefined ? '' : `: then ${shortened(was)}, now nothing, here ${shortened(here)}`;
    const message =
      by === undefined
        ? `there is no ${quoted(this.#target)} ${where}${was === undefined ? '' : ' any more'}${then}`
        : `there is no ${quoted(this.#target)} ${where} any more: ${by.file}:${by.line} has taken it away`;
    this.#complain('overlay-target', message, suggestion(this.#target, names) ?? 'name something that is there, or delete this change');
    return undefined;
  }

  #ambiguous(all: readonly Named[], candidates: readonly Named[]): undefined {
    const targets = candidates.map((named) => quoted(targetOf(all, named)));
    const message = `${quoted(this.#target)} stands in ${candidates.length} places of ${this.base.kind} ${quoted(this.base.id)}`;
    this.#complain('overlay-target', message, `write which one: ${targets.slice(0, 5).join(', ')}`);
    return undefined;
  }

  /** Tells where the document is not any more what the overlay was written against. */
  #compare(now: Json, theirs: Json | undefined): void {
    const was = this.report.document.at([...this.#path, 'was']);
    if (was === undefined) return;
    for (const { path, one, other } of differences(was, now)) {
      const ours = path === '' ? theirs : path.split('.').reduce<Json | undefined>(memberOf, theirs);
      const what = path === '' ? quoted(this.#target) : `${quoted(path)} of ${quoted(this.#target)}`;
      const message = `the base has changed ${what} since this was written: then ${shortened(one)}, now ${shortened(other)}, here ${shortened(ours)}`;
      const remedy = 'look whether the change is still right, then run "neiqin rebase" on this file';
      this.report.at([...this.#path, 'was'], { rule: 'overlay-outdated', severity: 'warning', message, remedy }, 'key');
    }
  }

  #complain(rule: string, message: string, remedy: string): void {
    this.report.at([...this.#path, this.#verb], { rule, message, remedy });
  }
}

/** A member of a map; what is no map stands for all of its members. */
function memberOf(value: Json | undefined, name: string): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value[name] : value;
}

function shortened(value: Json | undefined): string {
  const text = value === undefined || value === null ? 'nothing' : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

/** The path in a document of the value that stands at some offsets. */
function pathTo(document: SourceDocument, [from, to]: readonly [number, number]): Path {
  const path: string[] = [];
  for (let span = document.root; ; ) {
    const inner = [...(span.parts ?? [])].find(([, { value }]) => value[0] <= from && to <= value[1]);
    if (inner === undefined) return path;
    path.push(inner[0]);
    span = inner[1];
  }
}

/** The layer that an overlay is for: `base`, `brand/<id>`, `group/<id>` or `dealership/<id>`. */
export function layerOf(overlay: SourceDocument): string {
  const [kind, name] = Object.entries(mapOf(overlay.value['for']))[0] ?? ['base', true];
  return kind === 'base' ? kind : `${kind}/${String(name)}`;
}
