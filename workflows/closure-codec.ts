import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import type { ModelClosure } from '../engine/runtime/process-model';

/** Packs a closure for a start argument: a case carries its models in its history, so their size matters (about a fifth remains). */
export function packClosure(closure: ModelClosure): Uint8Array {
  return deflateSync(strToU8(JSON.stringify(closure)), { level: 9 });
}

export function unpackClosure(packed: Uint8Array): ModelClosure {
  return JSON.parse(strFromU8(inflateSync(packed))) as ModelClosure;
}
