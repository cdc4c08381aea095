import canonicalize from 'canonicalize';

/** What the compiler needs from its host: it is pure itself. */
export interface CompilePorts {
  /** sha-256 of the UTF-8 bytes of a text, in lower-case hex. */
  sha256(text: string): string;
}

/** The address of a JSON value: sha-256 of its canonical form (RFC 8785). */
export function contentHash(value: unknown, ports: CompilePorts): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('invariant: only JSON has an address');
  return ports.sha256(text);
}
