/** What `engine/interchange` uses of saxen 11, which brings no types. */
declare module 'saxen' {
  /** A parser that tells of each tag; names have the prefixes that `ns` gives to namespaces. */
  export class Parser {
    ns(prefixes: Record<string, string>): this;
    on(
      event: 'openTag',
      listener: (name: string, attributes: () => Record<string, string>, decode: (text: string) => string) => void,
    ): this;
    on(event: 'closeTag', listener: () => void): this;
    on(event: 'text', listener: (text: string, decode: (text: string) => string) => void): this;
    on(event: 'cdata', listener: (text: string) => void): this;
    on(event: 'error' | 'warn', listener: (error: Error, context: () => { line: number; column: number }) => void): this;
    parse(xml: string): this;
  }
}
