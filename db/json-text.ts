/**
 * PostgreSQL's `jsonb` and `text` hold neither NUL nor half of a surrogate pair, which JSON strings may. Such a character in what a carrier's
 * server answered must not stop a case's rows, so it is replaced by U+FFFD in the rows; the audit log keeps the text as it was.
 */
const unstorable = /\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/gi;

/** JSON text that `jsonb` takes. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes('\\u') ? text.replace(unstorable, (match) => (match === '\\\\' ? match : '\ufffd')) : text;
}

/** True where every string in the JSON text can be stored as it is. */
export function isStorable(value: unknown): boolean {
  const text = JSON.stringify(value);
  return text === undefined || !text.includes('\\u') || storableJson(value) === text;
}
