/** A word of an expression in another language. */
export interface Token {
  kind: 'number' | 'text' | 'name' | 'sign';
  /** Of a text what stands between its quotes. */
  value: string;
}

const pattern =
  /\s+|(?<number>\d+(?:\.\d+)?)[LFDlfd]?(?![\w$])|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<name>[\p{L}_$][\p{L}\p{N}_$]*)|(?<sign>===|!==|==|!=|<=|>=|&&|\|\||\+\+|\+=|-=|[-+*/%<>!?:.,()[\]=])/uy;

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' };

/** The words of an expression of Java's family (JUEL, Groovy, JavaScript, MVEL, Python); undefined where something else stands there. */
export function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) return undefined;
    const { number, text: quoted, name, sign } = groups;
    if (number !== undefined) tokens.push({ kind: 'number', value: number });
    else if (quoted !== undefined) tokens.push({ kind: 'text', value: withoutEscapes(quoted.slice(1, -1)) });
    else if (name !== undefined) tokens.push({ kind: 'name', value: name });
    else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign });
  }
  return tokens;
}

function withoutEscapes(text: string): string {
  return text.replaceAll(/\\(.)/gu, (_, escaped: string) => escapes[escaped] ?? escaped);
}
