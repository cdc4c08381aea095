import { Parser } from 'saxen';

/** The namespaces whose elements and attributes are understood, with the prefixes that they have here whatever a file calls them. */
const prefixes: Record<string, string> = {
  'http://www.omg.org/spec/BPMN/20100524/MODEL': 'bpmn',
  'http://www.omg.org/spec/BPMN/20100524/DI': 'bpmndi',
  'http://www.omg.org/spec/DD/20100524/DC': 'dc',
  'http://www.omg.org/spec/DD/20100524/DI': 'di',
  'http://www.w3.org/2001/XMLSchema-instance': 'xsi',
  'http://camunda.org/schema/1.0/bpmn': 'camunda',
  'http://activiti.com/modeler': 'activiti-modeler',
  'http://operaton.org/schema/1.0/bpmn': 'operaton',
  'http://camunda.org/schema/zeebe/1.0': 'zeebe',
  'http://camunda.org/schema/modeler/1.0': 'modeler',
  'http://flowable.org/bpmn': 'flowable',
  'http://activiti.org/bpmn': 'activiti',
  'http://www.jboss.org/drools': 'drools',
  'http://spiffworkflow.org/bpmn/schema/1.0/core': 'spiffworkflow',
  'https://neiqin.dev/bpmn/1': 'neiqin',
};

/** What a file may hold: characters, and levels of elements. */
const xmlLimits = { characters: 8_000_000, depth: 200, elements: 200_000 };

/** An element of a file, where it begins, and what stands in it. */
export interface XmlElement {
  /** The prefix that its namespace has here (`bpmn`, `zeebe`, ...), or that of the file where the namespace is not known. */
  readonly prefix: string;
  readonly name: string;
  /** By name, with a prefix where they have one. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly in it, trimmed. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** Why a file cannot be read, at its place. */
export interface XmlProblem {
  line: number;
  column: number;
  message: string;
  remedy: string;
}

type Draft = { -readonly [K in keyof XmlElement]: XmlElement[K] } & { children: Draft[]; attributes: Map<string, string> };

/**
 * Reads a file of XML into elements. What could do harm is refused before it is parsed: document types with their entities, more than eight
 * million characters or 200 levels. Anything that is not well-formed is a problem at its place; it never throws.
 */
export function readXml(text: string): { ok: true; root: XmlElement } | { ok: false; problem: XmlProblem } {
  const xml = text.startsWith('\ufeff') ? text.slice(1) : text;
  const scan = scanXml(xml);
  if ('problem' in scan) return { ok: false, problem: scan.problem };
  return new Reader(xml.replaceAll(startTag, withoutSpaces), scan.starts).read();
}

class Reader {
  private readonly open: Draft[] = [];
  private root: Draft | undefined;
  private problem: XmlProblem | undefined;
  private count = 0;

  constructor(
    private readonly xml: string,
    private readonly starts: readonly Position[],
  ) {}

  read(): { ok: true; root: XmlElement } | { ok: false; problem: XmlProblem } {
    try {
      this.parser().parse(this.xml);
    } catch (error) {
      this.refuse({ line: 0, column: 0 }, error instanceof Error ? error.message : String(error));
    }
    if (this.problem !== undefined) return { ok: false, problem: this.problem };
    if (this.root === undefined) this.refuse({ line: 0, column: 0 }, 'there is no element');
    else if (this.open.length > 0) this.refuse({ line: 0, column: 0 }, `"${this.open.at(-1)?.name}" is not closed`);
    if (this.problem !== undefined) return { ok: false, problem: this.problem };
    return { ok: true, root: this.root as Draft };
  }

  private parser(): Parser {
    return new Parser()
      .ns(prefixes)
      .on('openTag', (name, attributes, decode) => this.start(name, attributes(), decode))
      .on('closeTag', () => this.end())
      .on('text', (text, decode) => this.add(decode(text)))
      .on('cdata', (text) => this.add(text))
      .on('warn', (error, context) => {
        // what stands in a namespace that nobody declares is nobody's
        if (!error.message.startsWith('missing namespace for prefix')) this.refuse(context(), error.message);
      })
      .on('error', (error, context) => this.refuse(context(), error.message));
  }

  private start(name: string, attributes: Record<string, string>, decode: (text: string) => string): void {
    const at = this.starts[this.count] ?? { line: 1, column: 1 };
    this.count += 1;
    const colon = name.indexOf(':');
    const element: Draft = {
      prefix: colon < 0 ? '' : name.slice(0, colon),
      name: name.slice(colon + 1),
      attributes: new Map(Object.entries(attributes).map(([key, value]) => [key, decode(value)])),
      children: [],
      text: '',
      ...at,
    };
    this.open.at(-1)?.children.push(element);
    if (this.open.length === 0) this.root ??= element;
    this.open.push(element);
  }

  private end(): void {
    const element = this.open.pop();
    if (element !== undefined) element.text = element.text.trim();
  }

  private add(text: string): void {
    const element = this.open.at(-1);
    if (element !== undefined) element.text += text;
  }

  /** The first problem counts: what follows is often only its consequence. Lines and columns of the parser count from 0. */
  private refuse({ line, column }: Position, reason: string): void {
    this.problem ??= {
      line: line + 1,
      column: column + 1,
      message: `the XML is not well-formed: ${reason.toLowerCase().replaceAll(/\s+/gu, ' ')}`,
      remedy: 'export the file again from the tool that it comes from',
    };
  }
}

interface Position {
  line: number;
  column: number;
}

const piece =
  /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<\?[\s\S]*?(?:\?>|$)|<![A-Za-z]|<\/|<[^\s<>/!?](?:[^<>"']|"[^"]*"|'[^']*')*>?|\n/gu;

/** A start tag, closed or not: what it matches is never looked at twice. */
const startTag = /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<[^\s<>/!?](?:[^<>"']|"[^"]*"|'[^']*')*>?/gu;

/** XML allows spaces around the `=` of an attribute, which the parser does not. */
function withoutSpaces(tag: string): string {
  if (tag.startsWith('<!') || !/\s=|=\s/u.test(tag)) return tag;
  return tag.replaceAll(/("[^"]*"|'[^']*')|\s*=\s*/gu, (_, value: string | undefined) => value ?? '=');
}

/** Looks over the text without parsing it: refuses what is not allowed, and tells where each element begins. */
function scanXml(xml: string): { starts: Position[] } | { problem: XmlProblem } {
  const refuse = (at: Position, message: string, remedy: string) => ({ problem: { ...at, message, remedy } });
  const first = { line: 1, column: 1 };
  if (xml.length > xmlLimits.characters) {
    return refuse(first, `the file has ${xml.length} characters, more than ${xmlLimits.characters}`, 'divide it into several');
  }
  const encoding = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']/u.exec(xml)?.[1];
  if (encoding !== undefined && !/^(utf-?8|us-ascii|ascii)$/iu.test(encoding)) {
    return refuse(first, `the file says that its encoding is "${encoding}"`, 'save it as UTF-8 and say so in its first line');
  }
  const starts: Position[] = [];
  let line = 1;
  let lineStart = 0;
  let depth = 0;
  for (const match of xml.matchAll(piece)) {
    const [found] = match;
    const at = { line, column: match.index - lineStart + 1 };
    if (found.startsWith('<!') && !found.startsWith('<!--') && !found.startsWith('<![CDATA[')) {
      return refuse(
        at,
        'the file has a document type ("<!DOCTYPE"), which is never read',
        'take it out, with the entities that it declares',
      );
    }
    if (found === '</') depth -= 1;
    else if (/^<[^!?]/u.test(found)) {
      starts.push(at);
      if (!found.endsWith('/>')) depth += 1;
      if (depth > xmlLimits.depth) return refuse(at, `elements nest more than ${xmlLimits.depth} deep`, 'divide the model');
      if (starts.length > xmlLimits.elements) return refuse(at, `there are more than ${xmlLimits.elements} elements`, 'divide the file');
    }
    for (let end = found.indexOf('\n'); end >= 0; end = found.indexOf('\n', end + 1)) {
      line += 1;
      lineStart = match.index + end + 1;
    }
  }
  return { starts };
}
