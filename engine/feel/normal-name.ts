/** A name as the parser compares names: one space around each operator in it, and one between its parts. */
export function normalName(name: string): string {
  if (/^[\p{L}\p{N}_]*$/u.test(name)) return name;
  return name
    .replace(/\s*([./\-'+*])\s*/gu, ' $1 ')
    .replace(/\s{2,}/gu, ' ')
    .trim();
}
