import type { Json } from '../../json';
import type { Path, SourceDocument } from '../../language/source-document';
import type { Report } from '../report';
import { listOf, mapOf } from '../step-document';
import { applyOverlay, layerOf, type Removed } from './apply-overlay';
import { namedIn } from './naming';
import { type Change, documentOf, type Piece, pieceOf, textAt } from './piece';

/** A document as overlays have made it. */
export interface Effective {
  document: SourceDocument;
  /** The document itself, without them. */
  base: SourceDocument;
  root: Piece;
  overlays: readonly SourceDocument[];
  /** What the steps that the document itself has are called now, by their ids there; those that are gone are missing. */
  names: ReadonlyMap<string, string>;
  /** What operations have taken away, by its name. */
  removed: ReadonlyMap<string, Change>;
  /** What each operation found where it was to change something. */
  found: readonly { overlay: SourceDocument; path: Path; was: Json }[];
}

/** The layers of a dealership, whose overlays apply in this order: `base`, brands and groups as its document lists them, then its own. */
export function layersOf(dealership: SourceDocument): string[] {
  const below = dealership.value['layers'] === undefined ? ['base'] : listOf(dealership.value['layers']).map(String);
  return [...below, `dealership/${dealership.id}`];
}

/** The kind of document that an overlay changes, where it says so. */
export function kindWanted(overlay: SourceDocument): string | undefined {
  const { of } = overlay.value;
  return typeof of === 'string' ? of : undefined;
}

/** The id of the document that an overlay changes. */
export function targetId(overlay: SourceDocument): string {
  return String(overlay.value['overlay']);
}

/** Those of some overlays that apply at a dealership, in order. */
export function overlaysAt(layers: readonly string[], overlays: readonly SourceDocument[]): SourceDocument[] {
  return layers.flatMap((layer) => overlays.filter((overlay) => layerOf(overlay) === layer));
}

/**
 * Applies overlays to a document, in order.
 *
 * @param most how many operations of all of them together are applied, from the first on
 */
export function effectiveOf(
  base: SourceDocument,
  overlays: readonly SourceDocument[],
  reportOf: (overlay: SourceDocument) => Report,
  most = Number.POSITIVE_INFINITY,
): Effective {
  const root = pieceOf(base.value, base.root, base.source);
  for (const { piece } of namedIn(base.kind, root)) {
    const id = textAt(piece, 'id');
    if (id !== undefined) piece.baseId = id;
  }
  const removed: Removed = new Map();
  let left = most;
  const found = overlays.flatMap((overlay) => {
    const here = applyOverlay(base, root, reportOf(overlay), removed, left);
    left -= operationsOf(overlay);
    return here.map((one) => ({ overlay, ...one }));
  });
  const names = new Map(
    namedIn(base.kind, root).flatMap(({ piece }) => {
      const id = textAt(piece, 'id');
      return piece.baseId === undefined || id === undefined ? [] : [[piece.baseId, id] as const];
    }),
  );
  const files = overlays.map(({ file }) => file);
  return { document: documentOf(base, root, files), base, root, overlays, names, removed, found };
}

/** How many operations an overlay has. */
export function operationsOf(overlay: SourceDocument): number {
  return listOf(mapOf(overlay.value)['change']).length;
}

/** Whether a document, by its kind and id, may be a dealership's: another dealership's own document and its overlays are not. */
export function concerns({ kind, id }: { kind: string; id: string }, dealership: string): boolean {
  if (kind === 'dealership') return id === dealership;
  return kind !== 'overlay' || !id.includes('@dealership/') || id.endsWith(`@dealership/${dealership}`);
}
