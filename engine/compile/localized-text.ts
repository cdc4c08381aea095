import type { Json } from '../json';
import type { LocalizedText } from '../runtime/process-model';

/** A text of a document in both languages; one string stands for both, and `fallback` for none. */
export function localizedText(value: Json | undefined, fallback: string): LocalizedText {
  if (typeof value === 'string') return { zh: value, en: value };
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return { zh: String(value['zh'] ?? fallback), en: String(value['en'] ?? fallback) };
  }
  return { zh: fallback, en: fallback };
}
