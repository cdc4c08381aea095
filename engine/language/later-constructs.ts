/** Keys of the language that no document may use yet, and what to do until then. */
const remedies: Readonly<Record<string, string>> = {
  oneOf: 'leave it out',
  anyOf: 'leave it out',
  allOf: 'leave it out',
};

/** What to write instead of a key that the language knows and this version does not; undefined for any other key. */
export function laterRemedy(key: string): string | undefined {
  return Object.hasOwn(remedies, key) ? remedies[key] : undefined;
}
