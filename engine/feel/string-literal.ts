/** The characters that a string literal stands for (DMN 1.5 §10.3.1). Other escapes stand for themselves. */
export function stringOf(literal: string): string {
  return literal.slice(1, -1).replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|([nrt"'\\]))/g, (all, short, long, simple) => {
    const code = Number.parseInt(short ?? long ?? '0', 16);
    if (simple !== undefined) return simpleEscapes[simple] ?? simple;
    return code > 0x10ffff ? all : String.fromCodePoint(code);
  });
}

const simpleEscapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
