import type { SourceDocument } from '../language/source-document';
import type { Finding } from './deployment';
import { Report } from './report';

/** Things that were made of one part of a document are remembered up to that many: as it is, and beside what overlays make of other documents. */
const variants = 8;

/** Something that was compiled, with what there was to say about it. */
export interface Told<T> {
  value: T;
  findings: Finding[];
}

/**
 * Remembers what was compiled of documents, so that what an edit does not concern is not compiled again: within one compilation for dealerships with
 * other overlays, and from one compilation to the next by whoever keeps it. A document is the very object that was read; what is no longer read is
 * forgotten.
 */
export class CompileMemory {
  readonly #parts = new WeakMap<SourceDocument, Map<string, unknown[]>>();

  /** What is known of one part of a document, the latest first, to be given to `recall`. Whoever names a part is the only one who does, so all are of one type. */
  of<T>(document: SourceDocument, part: string): T[] {
    const parts = this.#parts.get(document) ?? new Map<string, unknown[]>();
    this.#parts.set(document, parts);
    const known = parts.get(part) ?? [];
    parts.set(part, known);
    return known as T[];
  }

  /** Compiles a part of a document, or recalls it where these objects are the same as then; what was said about it is said again. */
  part<T>(
    document: SourceDocument,
    part: string,
    needs: readonly unknown[],
    findings: Finding[],
    compile: (report: Report, findings: Finding[]) => T,
  ): T {
    const known = recall<Told<T> & { needs: readonly unknown[] }>(
      this.of(document, part),
      (one) => isSameList(one.needs, needs),
      () => ({ needs, ...told(document, compile) }),
    );
    findings.push(...known.findings);
    return known.value;
  }
}

/** The first of what is known that still holds; else it is made, and known from then on. */
export function recall<T>(known: T[], holds: (one: T) => boolean, make: () => T): T {
  const found = known.find(holds);
  if (found !== undefined) return found;
  const made = make();
  known.unshift(made);
  known.length = Math.min(known.length, variants);
  return made;
}

/** Compiles with findings of its own. */
export function told<T>(document: SourceDocument, compile: (report: Report, findings: Finding[]) => T): Told<T> {
  const findings: Finding[] = [];
  const value = compile(new Report(document, findings), findings);
  return { value, findings };
}

/** Whether two lists have the very same things. */
function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => Object.is(item, other[index]));
}

/** What may be read by a key, or asked whether it is there. */
export type Source<V> = Pick<ReadonlyMap<string, V>, 'get' | 'has' | 'keys'>;

interface Read {
  source: string;
  of: 'get' | 'has' | 'keys';
  key: string;
  value: unknown;
}

/** Notes what is read of some sources, in order, to tell later whether all of it would be read again. */
export class Reads {
  readonly #reads: Read[] = [];

  /** The map, each look into which is noted. */
  watch<V>(source: string, map: ReadonlyMap<string, V>): ReadonlyMap<string, V> {
    return new WatchedMap(map, (of, key, value) => this.#reads.push({ source, of, key, value }));
  }

  /** Notes one value that was read. */
  note(source: string, key: string, value: unknown): void {
    this.#reads.push({ source, of: 'get', key, value });
  }

  /** Whether the same would be read of these sources. */
  hold(sources: Readonly<Record<string, Source<unknown>>>): boolean {
    return this.#reads.every(({ source, of, key, value }) => {
      const map = sources[source];
      if (map === undefined) return false;
      if (of === 'keys') return key === [...map.keys()].join('\n');
      return Object.is(map[of](key), value);
    });
  }
}

class WatchedMap<V> implements ReadonlyMap<string, V> {
  constructor(
    private readonly map: ReadonlyMap<string, V>,
    private readonly note: (of: Read['of'], key: string, value: unknown) => void,
  ) {}

  get size(): number {
    return this.all().size;
  }

  get(key: string): V | undefined {
    const value = this.map.get(key);
    this.note('get', key, value);
    return value;
  }

  has(key: string): boolean {
    const value = this.map.has(key);
    this.note('has', key, value);
    return value;
  }

  keys(): MapIterator<string> {
    this.note('keys', [...this.map.keys()].join('\n'), undefined);
    return this.map.keys();
  }

  values(): MapIterator<V> {
    return this.all().values();
  }

  entries(): MapIterator<[string, V]> {
    return this.all().entries();
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    this.all().forEach(callback);
  }

  /** Everything of it is read. */
  private all(): ReadonlyMap<string, V> {
    this.keys();
    for (const [key, value] of this.map) this.note('get', key, value);
    return this.map;
  }
}
