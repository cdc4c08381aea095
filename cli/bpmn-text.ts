import { existsSync, readFileSync, statSync } from 'node:fs';
import type { XmlProblem } from '../engine/interchange/bpmn/xml';
import { WrongUse } from './definition-roots';

/** Bytes of a file. */
const mostBytes = 16_000_000;

/** The text of a file of XML in the encoding that its first bytes or its first line name, or why it has none. */
export function readBpmnText(file: string): { text: string } | { problem: XmlProblem } {
  if (!existsSync(file) || !statSync(file).isFile()) throw new WrongUse(`there is no file "${file}"`);
  if (statSync(file).size > mostBytes) throw new WrongUse(`"${file}" has more than ${mostBytes} bytes: divide it into several`);
  const bytes = readFileSync(file);
  const encoding = encodingOf(bytes);
  const refuse = (message: string) => ({
    problem: { line: 1, column: 1, message, remedy: 'save it as UTF-8, and say so in its first line' },
  });
  const decoder = decoderOf(encoding);
  if (decoder === undefined) return refuse(`nobody knows the encoding "${encoding}", which the file says it has`);
  try {
    const text = decoder.decode(bytes);
    // what is read now is a text, whatever its bytes were
    return { text: text.replace(declared, (head, _, quote: string) => head.replace(/(["'])[^"']*\1$/u, `${quote}UTF-8${quote}`)) };
  } catch {
    return refuse(`the bytes are no ${encoding.toUpperCase()}`);
  }
}

function decoderOf(encoding: string): TextDecoder | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  } catch {
    return undefined;
  }
}

const declared = /^(\ufeff?\s*<\?xml[^>]{0,200}?encoding\s*=\s*)(["'])([^"']{1,40})\2/u;

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return declared.exec(bytes.toString('latin1', 0, 400).replace('ï»¿', '\ufeff'))?.[3] ?? 'utf-8';
}
