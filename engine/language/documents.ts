import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, parseAllDocuments, type YAMLMap, type Node as YamlNode } from 'yaml';
import type { Finding, SourceFile } from '../compile/deployment';
import type { Json, JsonObject } from '../json';
import { type Complaint, findingAt } from './finding';
import { findObstacle } from './scan-yaml';
import {
  type DocumentKind,
  documentKinds,
  laterKinds,
  lineStartsOf,
  type Path,
  pathKey,
  positionOf,
  SourceDocument,
  type Span,
} from './source-document';
import { quoted, suggestion } from './suggestion';
import { syntaxComplaint } from './syntax-complaint';

/** What reading one file gave: the document where it could be read, and what there is to say about it. */
export interface Reading {
  document?: SourceDocument;
  findings: Finding[];
}

/**
 * Reads one YAML file with one document in it. Never throws: whatever is wrong with the text is a finding. Aliases, anchors, tags,
 * merge keys and explicit keys are refused, so that what is read is what stands there.
 */
export function readDocument(file: SourceFile): Reading {
  return new Reader(file).read();
}

class Reader {
  private readonly findings: Finding[] = [];
  private readonly spans = new Map<string, Span>();
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
    const document = new SourceDocument(this.file.path, kind, root, this.text, this.spans, this.lineStarts);
    return { document, findings: this.findings };
  }

  private parse(): JsonObject | undefined {
    const documents = parseAllDocuments(this.text, { version: '1.2', strict: true, uniqueKeys: false, logLevel: 'silent' });
    if (!Array.isArray(documents)) return this.refuseEmpty();
    const [first, second] = documents as Document.Parsed[];
    if (first === undefined) return this.refuseEmpty();
    if (second !== undefined) this.complain([second.range[0], second.range[0] + 1], oneDocumentOnly);
    const [error] = first.errors;
    if (error !== undefined) this.complain(error.pos, syntaxComplaint(error));
    if (this.findings.length > 0) return undefined;
    if (first.contents === null || (isScalar(first.contents) && first.contents.value === null)) return this.refuseEmpty();
    if (!isMap(first.contents)) {
      this.complain(rangeOf(first.contents), notAMap);
      return undefined;
    }
    return this.convert(first.contents, []) as JsonObject;
  }

  private refuseEmpty(): undefined {
    this.complain([0, 0], {
      rule: 'document-empty',
      message: 'the file is empty',
      remedy: 'begin with "process: <id>" or another kind, or delete the file',
    });
    return undefined;
  }

  private convert(node: YamlNode | null, path: Path, key?: [number, number]): Json {
    const value = node === null ? undefined : rangeOf(node);
    this.spans.set(pathKey(path), { value: value ?? key ?? [0, 0], ...(key === undefined ? {} : { key }) });
    if (node === null || isAlias(node)) return null;
    if (isMap(node)) return this.convertMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.convert(item as YamlNode | null, [...path, index]));
    return isScalar(node) ? this.scalar(node.value, value ?? [0, 0]) : null;
  }

  private convertMap(map: YAMLMap, path: Path): JsonObject {
    const result: JsonObject = {};
    for (const pair of map.items as Pair<YamlNode, YamlNode | null>[]) {
      const range = rangeOf(pair.key);
      const name = this.keyOf(pair.key, range);
      if (name === undefined) continue;
      if (Object.hasOwn(result, name)) this.complain(range, duplicateKey(name));
      else result[name] = this.convert(pair.value, [...path, name], range);
    }
    return result;
  }

  private keyOf(key: YamlNode, range: [number, number]): string | undefined {
    const value = isScalar(key) ? key.value : undefined;
    if (value === '<<')
      this.complain(range, { rule: 'yaml-merge-key', message: 'the merge key "<<" is not allowed', remedy: 'write the keys out' });
    else if (value === '__proto__' || value === 'constructor' || value === 'prototype') this.complain(range, reservedKey(value));
    else if (typeof value === 'string' && value !== '') return value;
    else if (typeof value === 'number' && isScalar(key)) return key.source ?? String(value);
    else
      this.complain(range, {
        rule: 'yaml-key',
        message: 'a key must be a name',
        remedy: 'write a name before the colon, in quotes where it looks like something else',
      });
    return undefined;
  }

  private scalar(value: unknown, range: [number, number]): Json {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.complain(range, {
      rule: 'yaml-value',
      message: 'this value is neither text, number, true, false nor null',
      remedy: 'put it in quotes',
    });
    return null;
  }

  private kindOf(root: JsonObject): DocumentKind | undefined {
    const first = Object.keys(root)[0] ?? '';
    const kind = documentKinds.find((known) => known === first);
    if (kind !== undefined) return kind;
    const span = this.spans.get(pathKey([first]));
    this.complain(span?.key ?? [0, 0], kindComplaint(first, root));
    return undefined;
  }

  private complain([from, to]: readonly [number, number], complaint: Complaint): void {
    const start = positionOf(this.lineStarts, from);
    const end = positionOf(this.lineStarts, to);
    const place = { file: this.file.path, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
    this.findings.push(findingAt(place, { rule: complaint.rule, message: complaint.message, remedy: complaint.remedy }));
  }
}

const oneDocumentOnly: Complaint = {
  rule: 'one-document',
  message: 'the file holds more than one document',
  remedy: 'give each document a file of its own and leave "---" out',
};

const notAMap: Complaint = {
  rule: 'document-shape',
  message: 'a document is a list of "key: value" lines',
  remedy: 'begin with "process: <id>", "form: <id>", "duty: <id>", "dealership: <id>" or "scenario: <title>"',
};

function duplicateKey(name: string): Complaint {
  return { rule: 'duplicate-key', message: `the key ${quoted(name)} stands here twice`, remedy: 'delete one of them' };
}

function reservedKey(name: string): Complaint {
  return { rule: 'reserved-key', message: `${quoted(name)} cannot be a key`, remedy: 'choose another name' };
}

function kindComplaint(first: string, root: JsonObject): Complaint {
  if (laterKinds.includes(first)) {
    const remedy = `leave the document out; these kinds are: ${documentKinds.join(', ')}`;
    return { rule: 'not-supported-yet', message: `documents of the kind ${quoted(first)} are not supported yet`, remedy };
  }
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
