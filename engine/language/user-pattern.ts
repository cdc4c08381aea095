import { RE2JS, RE2JSException } from 're2js';

/** A pattern that a person wrote: searched for in time that grows with the text alone, whatever it is. */
export interface UserPattern {
  test(text: string): boolean;
  /** The pattern as it was written: ajv takes two of the same text for one. */
  toString(): string;
}

/**
 * Compiles the `pattern` of a JSON Schema as far as RE2 has it: without references back and look-around, which nothing finds in linear time, and with counts
 * up to 1,000. Gives why it is none in words of RE2 otherwise.
 */
export function compileUserPattern(pattern: string): { ok: true; pattern: UserPattern } | { ok: false; reason: string } {
  try {
    const compiled = RE2JS.compile(pattern);
    return { ok: true, pattern: { test: (text) => compiled.matcher(text).find(), toString: () => pattern } };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { ok: false, reason: error.message.replace(/^error parsing regexp: /u, '') };
  }
}
