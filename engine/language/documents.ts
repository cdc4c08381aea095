import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
  type Node as YamlNode,
} from 'yaml';
import type { Finding, SourceFile } from '../compile/deployment';
import type { Json, JsonObject } from '../json';
import { type Complaint, findingAt } from './finding';
import { documentLimits } from './limits';
import { NamesSeen, oddLetters, oddLettersInExpression } from './look-alikes';
import { readPlainYaml } from './plain-yaml';
import { scalarTrap } from './scalar-traps';
import { findObstacle, forbiddenCharacter } from './scan-yaml';
import { type DocumentKind, documentKinds, lineStartsOf, positionOf, SourceDocument, type SourceText, type Span } from './source-document';
import { quoted, suggestion } from './suggestion';
import { syntaxComplaint } from './syntax-complaint';

/** What reading one file gave: the document where it could be read, and what there is to say about it. */
export interface Reading {
  document?: SourceDocument;
  /** What a file that cannot be read says that it is, so that what refers to it has no findings because of that. */
  unread?: { kind: DocumentKind; id: string };
  findings: Finding[];
}

/**
 * Reads one YAML file with one document in it. Never throws: whatever is wrong with the text is a finding. Aliases, anchors, tags,
 * merge keys and explicit keys are refused, so that what is read is what stands there.
 */
export function readDocument(file: SourceFile): Reading {
  const plain = readPlainScenario(file);
  if (plain !== undefined) return { document: plain, findings: [] };
  const reading = new Reader(file).read();
  const unread = reading.document === undefined ? headOf(file.text) : undefined;
  return unread === undefined ? reading : { ...reading, unread };
}

/** Thousands of scenarios are read for each time that a place in one is wanted: of one that is plain only then. */
function readPlainScenario(file: SourceFile): SourceDocument | undefined {
  if (!/^(?:#[^\n]*\n)*scenario:/u.test(file.text)) return undefined;
  const value = readPlainYaml(file.text);
  if (value === undefined || forbiddenCharacter(file.text) !== undefined || hasOddNames(file.text, value)) return undefined;
  const source = new LazySourceText(file.path, file.text);
  return new SourceDocument('scenario', value, () => new Reader(file).read().document?.root ?? { value: [0, 0] }, source);
}

/** Of plain letters only ids are taken for each other, and scenarios have few. */
function hasOddNames(text: string, value: JsonObject): boolean {
  if (!/[^\p{ASCII}]/u.test(text) && (text.match(/\bid:/gu) ?? []).length < 2) return false;
  const names = new NamesSeen();
  const isOdd = (name: string, isId: boolean): boolean => oddLetters(name) !== undefined || names.add(name, isId) !== undefined;
  const odd = (part: Json, key: string | undefined): boolean => {
    if (typeof part === 'string') {
      if (part.startsWith('=')) return oddLettersInExpression(part) !== undefined;
      return key !== undefined && naming.has(key) && isOdd(part, key === 'id');
    }
    if (part === null || typeof part !== 'object') return false;
    if (Array.isArray(part)) return part.some((item) => odd(item, key));
    return Object.entries(part).some(([name, inner]) => isOdd(name, false) || odd(inner, name));
  };
  return odd(value, undefined);
}

/** The lines of a text are counted when the first place is wanted. */
class LazySourceText implements SourceText {
  #lineStarts: readonly number[] | undefined;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {}

  get lineStarts(): readonly number[] {
    this.#lineStarts ??= lineStartsOf(this.text);
    return this.#lineStarts;
  }
}

/** Kind and id by the first line that is neither blank nor a comment, whatever else is wrong with the text. */
function headOf(text: string): Reading['unread'] {
  const line = /^\uFEFF?(?:[^\S\n]*(?:#[^\n]*)?\n)*([^\n]*)/u.exec(text)?.[1] ?? '';
  const [, first, id] = /^([a-z]+): *["']?([\p{L}\p{N}_.-]{1,200})["']?\s*(?:#.*)?$/u.exec(line) ?? [];
  const kind = documentKinds.find((known) => known === first);
  return kind === undefined || id === undefined ? undefined : { kind, id };
}

class Reader {
  private readonly findings: Finding[] = [];
  private readonly root: Span = { value: [0, 0] };
  private readonly names = new NamesSeen();
  private readonly lineStarts: number[];
  private readonly text: string;

  constructor(private readonly file: SourceFile) {
    this.text = file.text.startsWith('\uFEFF') ? file.text.slice(1) : file.text;
    this.lineStarts = lineStartsOf(this.text);
  }

  read(): Reading {
    const obstacle = findObstacle(this.text);
    if (obstacle !== undefined) {
      this.complain([obstacle.from, obstacle.to], obstacle);
      return { findings: this.findings };
    }
    const root = this.parse();
    if (root === undefined || this.findings.some((finding) => finding.severity === 'error')) return { findings: this.findings };
    const kind = this.kindOf(root);
    if (kind === undefined) return { findings: this.findings };
    const document = new SourceDocument(kind, root, this.root, { file: this.file.path, text: this.text, lineStarts: this.lineStarts });
    return { document, findings: this.findings };
  }

  private parse(): JsonObject | undefined {
    const documents = parseAllDocuments(this.text, {
      version: '1.2',
      strict: true,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
    if (!Array.isArray(documents)) return this.refuseEmpty();
    const [first, second] = documents as Document.Parsed[];
    if (first === undefined) return this.refuseEmpty();
    if (second !== undefined) this.complain([second.range[0], second.range[0] + 1], oneDocumentOnly);
    const [error] = first.errors;
    if (error !== undefined) this.complain(error.pos, this.fullWidthColon(error.pos[0]) ?? syntaxComplaint(error));
    if (this.findings.length > 0) return undefined;
    if (first.contents === null || (isScalar(first.contents) && first.contents.value === null)) return this.refuseEmpty();
    if (!isMap(first.contents)) {
      this.complain(rangeOf(first.contents), notAMap);
      return undefined;
    }
    return this.convert(first.contents, this.root, undefined) as JsonObject;
  }

  /** The colon of a Chinese keyboard is a letter to YAML: the likeliest reason why a line with one is no "key: value". */
  private fullWidthColon(offset: number): Complaint | undefined {
    const { line } = positionOf(this.lineStarts, offset);
    const text = this.text.slice(this.lineStarts[line - 1], this.lineStarts[line] ?? this.text.length);
    if (!/^[\s-]*[\w\p{L}]+：/u.test(text)) return undefined;
    return {
      rule: 'yaml-syntax',
      message: 'the colon "：" of a Chinese keyboard ends no key',
      remedy: 'write ": ", with the colon of an English keyboard',
    };
  }

  private refuseEmpty(): undefined {
    this.complain([0, 0], {
      rule: 'document-empty',
      message: 'the file is empty',
      remedy: 'begin with "process: <id>" or another kind, or delete the file',
    });
    return undefined;
  }

  /** Plain data of a node. `name` is the key that it stands under, or the list under that key. */
  private convert(node: YamlNode | null, span: Span, name: string | undefined): Json {
    span.value = node === null ? (span.key ?? [0, 0]) : rangeOf(node);
    if (node === null || isAlias(node)) return null;
    if (isMap(node)) return this.convertMap(node, span);
    if (isSeq(node)) {
      const parts = new Map<string, Span>();
      span.parts = parts;
      return node.items.map((item, index) => {
        const part: Span = { value: [0, 0] };
        parts.set(String(index), part);
        return this.convert(item as YamlNode | null, part, name);
      });
    }
    return isScalar(node) ? this.scalar(node, span.value, name) : null;
  }

  private convertMap(map: YAMLMap, span: Span): JsonObject {
    const result: JsonObject = {};
    const parts = new Map<string, Span>();
    span.parts = parts;
    for (const pair of map.items as Pair<YamlNode, YamlNode | null>[]) {
      const range = rangeOf(pair.key);
      const name = this.keyOf(pair.key, range);
      if (name === undefined) continue;
      if (parts.has(name)) this.complain(range, duplicateKey(name));
      else {
        const part: Span = { value: range, key: range };
        parts.set(name, part);
        result[name] = this.convert(pair.value, part, name);
      }
    }
    return result;
  }

  private keyOf(key: YamlNode, range: [number, number]): string | undefined {
    const name = this.writtenKey(key);
    const complaint = keyComplaint(isScalar(key) ? key.value : undefined, name);
    if (complaint !== undefined) {
      this.complain(range, complaint);
      return undefined;
    }
    this.lookAt(name as string, range, false);
    return name;
  }

  private writtenKey(key: YamlNode): string | undefined {
    if (!isScalar(key)) return undefined;
    if (typeof key.value === 'number') return key.source ?? String(key.value);
    return typeof key.value === 'string' ? key.value : undefined;
  }

  private scalar(node: Scalar, range: [number, number], name: string | undefined): Json {
    const { value } = node;
    if (node.type === 'PLAIN') this.complainOf(range, scalarTrap(node.source ?? '', value));
    if (typeof value === 'string') {
      if (value.startsWith('=')) this.complainOf(range, oddLettersInExpression(value));
      else if (name !== undefined && naming.has(name)) this.lookAt(value, range, name === 'id');
      return value;
    }
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.complain(range, {
      rule: 'yaml-value',
      message: 'this value is neither text, number, true, false nor null',
      remedy: 'put it in quotes',
    });
    return null;
  }

  /** Looks at the letters of a name: what is read as one name must not be taken for another. */
  private lookAt(name: string, range: [number, number], isId: boolean): void {
    if (name.length <= documentLimits.keyCharacters) this.complainOf(range, oddLetters(name) ?? this.names.add(name, isId));
  }

  private kindOf(root: JsonObject): DocumentKind | undefined {
    const first = Object.keys(root)[0] ?? '';
    const kind = documentKinds.find((known) => known === first);
    if (kind !== undefined) return kind;
    this.complain(this.root.parts?.get(first)?.key ?? [0, 0], kindComplaint(first, root));
    return undefined;
  }

  private complainOf(range: readonly [number, number], complaint: Complaint | undefined): void {
    if (complaint !== undefined) this.complain(range, complaint);
  }

  private complain([from, to]: readonly [number, number], complaint: Complaint): void {
    const start = positionOf(this.lineStarts, from);
    const end = positionOf(this.lineStarts, to);
    const place = { file: this.file.path, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
    if (this.findings.length === documentLimits.findings) return;
    const { rule, severity = 'error', message, remedy } = complaint;
    this.findings.push(findingAt(place, { rule, severity, message, remedy }));
  }
}

/** Keys under which names stand: of documents, steps, people, variables, messages. Scenarios and workloads have titles, in which Chinese punctuation is at home. */
const naming: ReadonlySet<string> = new Set([
  ...documentKinds.filter((kind) => kind !== 'scenario' && kind !== 'workload'),
  ...['id', 'next', 'from', 'to', 'in', 'attachedTo', 'handler', 'result', 'as', 'mutex', 'link', 'forms', 'processes', 'duties'],
  ...['roles', 'users', 'outcomes', 'decide', 'sameAs', 'notSameAs', 'familiar', 'mayReturnTo', 'veto', 'tie'],
  ...['connector', 'name', 'message', 'signal', 'code', 'compensation', 'required', '$ref'],
]);

function keyComplaint(value: unknown, name: string | undefined): Complaint | undefined {
  if (value === '<<') return { rule: 'yaml-merge-key', message: 'the merge key "<<" is not allowed', remedy: 'write the keys out' };
  if (value === '__proto__' || value === 'constructor' || value === 'prototype') return reservedKey(value);
  if (name === undefined || name === '') {
    const remedy = 'write a name before the colon, in quotes where it looks like something else';
    return { rule: 'yaml-key', message: 'a key must be a name', remedy };
  }
  if (name.length > documentLimits.keyCharacters) {
    const message = `the key ${quoted(name)} has more than ${documentLimits.keyCharacters} characters`;
    return { rule: 'key-too-long', message, remedy: 'write a shorter one' };
  }
  if (!/^[\s\u00a0\u3000]|[\s\u00a0\u3000]$/u.test(name)) return undefined;
  const message = `the key ${quoted(name)} begins or ends with a blank`;
  return { rule: 'odd-blank', message, remedy: 'indent with the blanks of an English keyboard; no quotes around blanks' };
}

const oneDocumentOnly: Complaint = {
  rule: 'one-document',
  message: 'the file holds more than one document',
  remedy: 'give each document a file of its own and leave "---" out',
};

const notAMap: Complaint = {
  rule: 'document-shape',
  message: 'a document is a list of "key: value" lines',
  remedy: 'begin with "process: <id>", "form: <id>", "duty: <id>", "dealership: <id>", "overlay: <id>" or "scenario: <title>"',
};

function duplicateKey(name: string): Complaint {
  return { rule: 'duplicate-key', message: `the key ${quoted(name)} stands here twice`, remedy: 'delete one of them' };
}

function reservedKey(name: string): Complaint {
  return { rule: 'reserved-key', message: `${quoted(name)} cannot be a key`, remedy: 'choose another name' };
}

function kindComplaint(first: string, root: JsonObject): Complaint {
  const known = documentKinds.find((kind) => Object.hasOwn(root, kind));
  if (known !== undefined) {
    return {
      rule: 'document-kind',
      message: `the document begins with ${quoted(first)}`,
      remedy: `move the line "${known}: ..." to the top`,
    };
  }
  const remedy = suggestion(first, documentKinds) ?? `the first key is one of: ${documentKinds.join(', ')}`;
  return { rule: 'document-kind', message: `${quoted(first)} is no kind of document`, remedy };
}

function rangeOf(node: YamlNode): [number, number] {
  const range = node.range;
  return range === null || range === undefined ? [0, 0] : [range[0], range[1]];
}
