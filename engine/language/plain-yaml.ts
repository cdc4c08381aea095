import type { Json, JsonObject } from '../json';
import { documentLimits } from './limits';
import { scalarTrap } from './scalar-traps';

/** What is read here may be at most; anything larger is left to the whole reader, as is what is deeper. */
const plainLimits = { characters: 64 * 1024, depth: 20 };

/** A sign that only the whole reader understands, or that the text is not as plain as it looks. */
const other = /(?!\n)\p{Cc}|[&*!%`?|\\]|^---|^\.\.\./mu;
const blockKey = /([\p{L}_][\p{L}\p{N}_.@-]*):(?=[ \n]|$)/uy;
const flowKey = /([\p{L}_][\p{L}\p{N}_.@-]*|"[^"\n]+"):(?=\s)/uy;
const flowScalar = /[\p{L}\p{N}_=(.-][^,[\]{}\n#]*/uy;
const quotedText = /"([^"\n]*)"|'([^'\n]*)'/uy;
const spaces = / */uy;
const number = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/u;
const otherNumber = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$|^[-+]?0[xo]|^[-+]?\.(?:inf|nan)$/iu;
const word = /^(?:true|false|null|~)$/iu;
const reserved: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Ends the reading: the text is for the whole reader. */
class NotPlain extends Error {}

interface Line {
  /** Columns before what stands in it; behind the dash of a list that of the entry. */
  indent: number;
  /** Offset of what stands in it. */
  from: number;
}

/**
 * The map that a plain text of YAML holds, quickly: maps and lists in blocks or brackets, keys that are names, texts in one line, numbers that
 * everybody reads alike. Undefined for all else, right or wrong, and for whatever the whole reader would have something to say about; where it
 * gives a map, the whole reader gives the same without a finding about the text.
 */
export function readPlainYaml(text: string): JsonObject | undefined {
  if (text.length > plainLimits.characters || other.test(text)) return undefined;
  try {
    return new PlainReader(text).read();
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class PlainReader {
  private readonly lines: Line[] = [];
  private next = 0;
  private depth = 0;

  constructor(private readonly text: string) {
    for (let start = 0; start < text.length; ) {
      const end = this.endOf(start);
      const from = start + this.match(spaces, start).length;
      if (from < end && text[from] !== '#') this.lines.push({ indent: from - start, from });
      start = end + 1;
    }
  }

  read(): JsonObject {
    const [first] = this.lines;
    if (first === undefined || first.indent !== 0) throw new NotPlain();
    const value = this.map(0);
    if (this.next < this.lines.length) throw new NotPlain();
    return value;
  }

  private block(least: number): Json {
    const line = this.lines[this.next];
    if (line === undefined || line.indent < least) throw new NotPlain();
    const sign = this.text[line.from];
    if (sign === '-') return this.list(line.indent);
    if (sign === '{' || sign === '[') return this.inline(line.from, least - 1);
    return this.map(line.indent);
  }

  private map(indent: number): JsonObject {
    this.enter();
    const result: JsonObject = {};
    for (let line = this.lines[this.next]; line !== undefined && line.indent >= indent; line = this.lines[this.next]) {
      if (line.indent > indent) throw new NotPlain();
      const found = this.match(blockKey, line.from);
      const key = found.slice(0, -1);
      if (found === '') throw new NotPlain();
      addTo(result, key, this.afterKey(line.from + found.length, indent));
    }
    this.depth -= 1;
    return result;
  }

  /** What stands behind a key, in its line or in the lines below it. */
  private afterKey(offset: number, indent: number): Json {
    const from = offset + this.match(spaces, offset).length;
    if (from < this.text.length && this.text[from] !== '\n') return this.inline(from, indent);
    this.next += 1;
    const below = this.lines[this.next];
    // a list may begin in the column of its key
    if (below !== undefined && below.indent === indent && this.text[below.from] === '-') return this.list(indent);
    return this.block(indent + 1);
  }

  private list(indent: number): Json[] {
    this.enter();
    const result: Json[] = [];
    for (let line = this.lines[this.next]; line !== undefined && line.indent === indent; line = this.lines[this.next]) {
      if (this.text[line.from] !== '-') break;
      const gap = this.match(spaces, line.from + 1).length;
      const from = line.from + 1 + gap;
      if (gap === 0 || from >= this.text.length || '-\n'.includes(this.text[from] ?? '\n')) throw new NotPlain();
      if (this.match(blockKey, from) === '') result.push(this.inline(from, indent));
      else {
        this.lines[this.next] = { indent: indent + 1 + gap, from };
        result.push(this.map(indent + 1 + gap));
      }
    }
    this.depth -= 1;
    return result;
  }

  /** A value that begins in a line, and ends with a line; what is deeper than `indent` below would be a part of it. */
  private inline(from: number, indent: number): Json {
    const sign = this.text[from];
    const begun = this.next;
    let value: Json;
    let end: number;
    if (sign === '{' || sign === '[') {
      const flow = new FlowReader(this.text, from, this.depth, indent);
      value = flow.value();
      end = flow.at;
    } else {
      const quoted = this.match(quotedText, from);
      end = quoted === '' ? this.endOf(from) : from + quoted.length;
      value = quoted === '' ? this.plain(from, end) : quoted.slice(1, -1);
    }
    const rest = end + this.match(spaces, end).length;
    if (rest < this.text.length && this.text[rest] !== '\n') throw new NotPlain();
    for (let line = this.lines[this.next]; line !== undefined && line.from < end; line = this.lines[this.next]) this.next += 1;
    const below = this.lines[this.next];
    if (this.next === begun || (below !== undefined && below.indent > indent)) throw new NotPlain();
    return value;
  }

  private plain(from: number, end: number): Json {
    const source = this.text.slice(from, end).trimEnd();
    if (!/^[\p{L}\p{N}_=(.-]/u.test(source) || source.includes(' #')) throw new NotPlain();
    return scalarOf(source);
  }

  private enter(): void {
    this.depth += 1;
    if (this.depth > plainLimits.depth) throw new NotPlain();
  }

  private match(pattern: RegExp, at: number): string {
    pattern.lastIndex = at;
    return pattern.exec(this.text)?.[0] ?? '';
  }

  private endOf(start: number): number {
    const end = this.text.indexOf('\n', start);
    return end < 0 ? this.text.length : end;
  }
}

/** Reads a map or a list in brackets, in one line or over several. */
class FlowReader {
  constructor(
    private readonly text: string,
    /** Where it reads on. */
    public at: number,
    private depth: number,
    /** Its lines stand deeper than this. */
    private readonly indent: number,
  ) {}

  value(): Json {
    const sign = this.text[this.at];
    if (sign === '{') return this.map();
    if (sign === '[') return this.list();
    const quoted = this.take(quotedText);
    if (quoted !== '') return quoted.slice(1, -1);
    const source = this.take(flowScalar).trimEnd();
    if (source === '') throw new NotPlain();
    return scalarOf(source);
  }

  private map(): JsonObject {
    const result: JsonObject = {};
    for (this.open(); this.text[this.at] !== '}'; this.separate('}')) {
      const found = this.take(flowKey);
      if (found === '') throw new NotPlain();
      this.skip();
      addTo(result, found.slice(0, -1).replaceAll('"', ''), this.value());
    }
    this.close();
    return result;
  }

  private list(): Json[] {
    const result: Json[] = [];
    for (this.open(); this.text[this.at] !== ']'; this.separate(']')) result.push(this.value());
    this.close();
    return result;
  }

  private open(): void {
    this.depth += 1;
    if (this.depth > plainLimits.depth) throw new NotPlain();
    this.at += 1;
    this.skip();
  }

  private close(): void {
    this.depth -= 1;
    this.at += 1;
  }

  private separate(end: string): void {
    this.skip();
    if (this.text[this.at] === ',') this.at += 1;
    else if (this.text[this.at] !== end) throw new NotPlain();
    this.skip();
  }

  /** Over blanks and ends of lines. */
  private skip(): void {
    for (;;) {
      this.take(spaces);
      if (this.text[this.at] !== '\n') break;
      this.at += 1;
      const indent = this.take(spaces).length;
      if (this.at < this.text.length && this.text[this.at] !== '\n' && indent <= this.indent) throw new NotPlain();
    }
    if (this.at >= this.text.length || this.text[this.at] === '#') throw new NotPlain();
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }
}

function addTo(map: JsonObject, key: string, value: Json): void {
  if (Object.hasOwn(map, key) || reserved.has(key) || word.test(key) || key.trim() !== key) throw new NotPlain();
  if (key.length > documentLimits.keyCharacters) throw new NotPlain();
  map[key] = value;
}

function scalarOf(source: string): Json {
  if (/:(?:\s|$)/u.test(source) || /^[-.](?!\d)/u.test(source)) throw new NotPlain();
  const value = readScalar(source);
  if (scalarTrap(source, value) !== undefined) throw new NotPlain();
  return value;
}

function readScalar(source: string): Json {
  if (word.test(source)) {
    if (source === 'null') return null;
    if (source !== 'true' && source !== 'false') throw new NotPlain();
    return source === 'true';
  }
  if (number.test(source)) return Number(source);
  if (otherNumber.test(source)) throw new NotPlain();
  return source;
}
