import { checkSchema } from '../../language/schema-check';
import type { DocumentKind, SourceDocument } from '../../language/source-document';
import { quoted, suggestion } from '../../language/suggestion';
import type { Catalogue } from '../compile-dealership';
import { type CompiledSet, compileSet, type DocumentSet, type ProcessEntry, type SetSurroundings } from '../compile-set';
import type { Finding } from '../deployment';
import { Report } from '../report';
import { layerOf } from './apply-overlay';
import { type Effective, effectiveOf, kindWanted, layersOf, overlaysAt, targetId } from './effective';
import { overlaidKinds } from './naming';

/** What overlays make of the documents for dealerships with the same ones. */
export interface Tailoring {
  catalogue: Catalogue;
  /** Processes without findings of their own, by id; also those that no overlay changes. */
  processes: ReadonlyMap<string, ProcessEntry>;
  /** Documents that overlays change, by `kind:id`. */
  effective: ReadonlyMap<string, Effective>;
  /** The process as it is after that many operations of its overlays, all other documents being as they are in the end; undefined where that cannot be compiled. */
  upTo(process: string, operations: number): { entry: ProcessEntry; effective: Effective } | undefined;
}

/**
 * Applies the overlays of each dealership and compiles what comes of it. Dealerships with the same overlays share a tailoring. What is wrong with a
 * document only as overlays make it says so.
 */
export function tailor(documents: DocumentSet, surroundings: SetSurroundings, findings: Finding[]): ReadonlyMap<string, Tailoring> {
  return new Tailor(documents, surroundings, findings).tailorAll();
}

/** A document that an overlay changes; undefined where it has findings of its own. */
interface Target {
  kind: DocumentKind;
  base: SourceDocument | undefined;
}

class Tailor {
  readonly #targets = new Map<SourceDocument, Target>();
  readonly #known = new Set<string>();

  constructor(
    private readonly documents: DocumentSet,
    private readonly surroundings: SetSurroundings,
    private readonly findings: Finding[],
  ) {
    for (const finding of findings) this.#known.add(keyOf(finding));
  }

  tailorAll(): Map<string, Tailoring> {
    const overlays = this.documents.all('overlay').filter((overlay) => this.#findTarget(overlay));
    const tailorings = new Map<string, Tailoring>();
    const shared = new Map<string, Tailoring>();
    const applied = new Set<SourceDocument>();
    for (const dealership of this.documents.all('dealership')) {
      const here = overlaysAt(layersOf(dealership), overlays);
      if (here.length === 0) continue;
      for (const overlay of here) applied.add(overlay);
      const key = here.map(({ id }) => id).join('\n');
      const tailoring = shared.get(key) ?? this.#tailoring(here, dealership.id);
      shared.set(key, tailoring);
      tailorings.set(dealership.id, tailoring);
    }
    for (const overlay of overlays) if (!applied.has(overlay)) this.#unused(overlay);
    return tailorings;
  }

  #report(document: SourceDocument): Report {
    return new Report(document, this.findings);
  }

  #findTarget(overlay: SourceDocument): boolean {
    const id = targetId(overlay);
    const wanted = kindWanted(overlay);
    const kinds = overlaidKinds.filter((kind) => wanted === undefined || kind === wanted);
    const known = kinds.filter((kind) => this.documents.all(kind).some((one) => one.id === id) || this.documents.broken(kind).includes(id));
    const [kind] = known;
    if (kind !== undefined && known.length === 1) {
      this.#targets.set(overlay, { kind, base: this.documents.all(kind).find((one) => one.id === id) });
      return true;
    }
    const what = kinds.join(', ').replace(/, (\w+)$/u, ' or $1');
    const [message, remedy] =
      kind === undefined
        ? [
            `there is no ${what} ${quoted(id)}`,
            suggestion(
              id,
              kinds.flatMap((one) => this.documents.all(one).map((document) => document.id)),
            ),
          ]
        : [`${quoted(id)} is the id of a ${known.join(' and of a ')}`, `say which one: "of: ${kind}"`];
    this.#report(overlay).at(['overlay'], { rule: 'overlay-document', message, remedy: remedy ?? 'name a document that is there' });
    return false;
  }

  /** An overlay of a layer that no dealership has; what it says is looked at all the same. */
  #unused(overlay: SourceDocument): void {
    const base = this.#targets.get(overlay)?.base;
    if (base !== undefined) effectiveOf(base, [overlay], (one) => this.#report(one));
    const layer = layerOf(overlay);
    const dealerships = this.documents.all('dealership');
    if (dealerships.length === 0) return;
    const [kind, name = ''] = layer.split('/');
    if (kind === 'dealership' && !this.documents.broken('dealership').includes(name)) {
      const ids = dealerships.map(({ id }) => id);
      const remedy = suggestion(name, ids) ?? `write a document "dealership: ${name}"`;
      this.#report(overlay).at(['for', 'dealership'], {
        rule: 'unknown-dealership',
        message: `there is no dealership ${quoted(name)}`,
        remedy,
      });
    } else if (kind !== 'dealership') {
      const message = `no dealership has ${quoted(layer)} among its layers`;
      const remedy = `add it to "layers" of a dealership: layers: [base, ${layer}]`;
      this.#report(overlay).at(['for'], { rule: 'unknown-layer', severity: 'warning', message, remedy });
    }
  }

  #tailoring(overlays: readonly SourceDocument[], dealership: string): Tailoring {
    const effective = new Map<string, Effective>();
    for (const overlay of overlays) {
      const { kind, base } = this.#targets.get(overlay) as Target;
      if (base === undefined || effective.has(`${kind}:${base.id}`)) continue;
      const own = overlays.filter((other) => this.#targets.get(other)?.base === base);
      effective.set(`${kind}:${base.id}`, this.#effective(base, own));
    }
    const found: Finding[] = [];
    const set = this.#compile(effective, found);
    for (const finding of found) {
      if (this.#known.has(keyOf(finding))) continue;
      this.findings.push({ ...finding, message: `${finding.message} (as overlays make it at ${quoted(dealership)})` });
    }
    const upTo: Tailoring['upTo'] = (process, operations) => {
      const key = `process:${process}`;
      const whole = effective.get(key);
      if (whole === undefined) return undefined;
      const nothing: Finding[] = [];
      const part = effectiveOf(whole.base, whole.overlays, (one) => new Report(one, nothing), operations);
      const entry = this.#compile(new Map([...effective, [key, part]]), nothing).processes.get(process);
      return entry === undefined ? undefined : { entry, effective: part };
    };
    return { ...set, effective, upTo };
  }

  #effective(base: SourceDocument, overlays: readonly SourceDocument[]): Effective {
    return this.surroundings.memory.part(base, 'effective', overlays, this.findings, (_, findings) =>
      effectiveOf(base, overlays, (overlay) => new Report(overlay, findings)),
    );
  }

  #compile(effective: ReadonlyMap<string, Effective>, findings: Finding[]): CompiledSet {
    const unfit = new Map<DocumentKind, string[]>();
    const fit = new Map<string, SourceDocument>();
    for (const [key, { document }] of effective) {
      const deviations = this.surroundings.memory.part(document, 'schema', [], findings, (_, own) => {
        own.push(...checkSchema(document));
        return [...own];
      });
      if (deviations.length === 0) fit.set(key, document);
      else unfit.set(document.kind, [...(unfit.get(document.kind) ?? []), document.id]);
    }
    const { documents } = this;
    const set: DocumentSet = {
      all: (kind) =>
        documents.all(kind).flatMap((document) => {
          const key = `${kind}:${document.id}`;
          return effective.has(key) ? (fit.get(key) ?? []) : [document];
        }),
      broken: (kind) => [...documents.broken(kind), ...(unfit.get(kind) ?? [])],
    };
    return compileSet(set, this.surroundings, findings);
  }
}

function keyOf({ file, line, column, rule, message }: Finding): string {
  return `${file}:${line}:${column}:${rule}:${message}`;
}
