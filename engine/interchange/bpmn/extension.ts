import type { JsonObject } from '../../json';
import type { XmlElement } from './xml';

/** The language of expressions in what is written: FEEL of DMN 1.5. */
export const feelLanguage = 'https://www.omg.org/spec/DMN/20230324/FEEL/';

/**
 * What BPMN has no words for, in a namespace of its own, as bpmn-moddle is told of it:
 *
 * - `neiqin:definition` at the process: the text of the document. It is the document as long as nothing in the process was changed.
 * - `neiqin:head` at the process: JSON of the document without its nodes and flows.
 * - `neiqin:node` at a flow element: JSON of the node in the graph notation, without `id` and `in`. Each part that was changed in the file
 *   is the file's; the rest is the node's.
 * - `neiqin:original` at whatever has another id in the document, since XML allows that one not.
 */
export const extensionPackage = {
  name: 'neiqin',
  uri: 'https://neiqin.dev/bpmn/1',
  prefix: 'neiqin',
  xml: { tagAlias: 'lowerCase' },
  types: [
    { name: 'Definition', superClass: ['Element'], properties: [attribute('print'), attribute('lang'), body()] },
    { name: 'Head', superClass: ['Element'], properties: [body()] },
    { name: 'Node', superClass: ['Element'], properties: [attribute('print'), body()] },
    { name: 'Original', superClass: ['Element'], properties: [attribute('id')] },
  ],
};

function attribute(name: string) {
  return { name, type: 'String', isAttr: true };
}

function body() {
  return { name: 'text', type: 'String', isBody: true };
}

/** What can be changed in a flow element by itself: its name, how it is repeated, what it reacts to or throws, and everything else. */
const facets = ['title', 'loop', 'event', 'content'] as const;
type Facet = (typeof facets)[number];

/** What the root elements of a file are called, by id: a message by its name, an error by its code. */
export type RootNames = ReadonlyMap<string, string>;

/** Names of messages and signals, codes of errors and escalations. */
export function rootNames(definitions: XmlElement): RootNames {
  return new Map(
    definitions.children.flatMap(({ attributes }) => {
      const id = attributes.get('id');
      const name = attributes.get('errorCode') ?? attributes.get('escalationCode') ?? attributes.get('name');
      return id === undefined || name === undefined ? [] : [[id, name]];
    }),
  );
}

/** What `neiqin export` has written at a process. */
export interface WrittenProcess {
  /** The document, as long as nothing was changed; absent where there was none, or where something was changed since. */
  text?: string;
  /** The document without `steps`, `nodes`, `flows` and `eventSubProcesses`; a start with a form stands at its start event. */
  head: JsonObject;
  /** The language of the names in the file. */
  lang: 'zh' | 'en';
}

/** Reads what was written at a process; undefined where it does not come from here, or is damaged. */
export function writtenProcess(process: XmlElement, roots: RootNames): WrittenProcess | undefined {
  const definition = extensionOf(process, 'definition');
  const head = jsonIn(extensionOf(process, 'head'));
  if (definition === undefined || head === undefined) return undefined;
  const lang = definition.attributes.get('lang') === 'zh' ? 'zh' : 'en';
  const untouched = definition.text !== '' && definition.attributes.get('print') === processPrint(process, roots);
  return { head, lang, ...(untouched ? { text: `${definition.text}\n` } : {}) };
}

/** What `neiqin export` has written at a flow element. */
export interface WrittenNode {
  /** The node in the graph notation, without `id` and `in`. */
  node: JsonObject;
  /** What was changed since in the file, and is to be read from it. */
  changed: Facet[];
}

/** Reads what was written at a flow element; undefined where nothing was, or it is damaged. */
export function writtenNode(element: XmlElement, roots: RootNames): WrittenNode | undefined {
  const written = extensionOf(element, 'node');
  const node = jsonIn(written);
  if (written === undefined || node === undefined) return undefined;
  const then = (written.attributes.get('print') ?? '').split(' ');
  const now = nodePrint(element, roots).split(' ');
  return { node, changed: facets.filter((_, index) => then[index] !== now[index]) };
}

/** The id that an element has in the document. */
export function originalId(element: XmlElement): string | undefined {
  return extensionOf(element, 'original')?.attributes.get('id') ?? element.attributes.get('id');
}

/** One hash for each facet of a flow element, in their order. */
export function nodePrint(element: XmlElement, roots: RootNames): string {
  const parts: Record<Facet, string[]> = { title: [], loop: [], event: [], content: [element.name] };
  for (const [name, value] of sorted(element.attributes)) {
    if (name === 'name') parts.title.push(value);
    else if (name !== 'id') parts[ofEvents.includes(name) ? 'event' : 'content'].push(`${name}=${named(name, value, roots)}`);
  }
  for (const child of element.children) {
    if (isApart(child)) continue;
    const facet = child.name.endsWith('LoopCharacteristics') ? 'loop' : child.name.endsWith('EventDefinition') ? 'event' : 'content';
    parts[facet].push(contentOf(child, roots));
  }
  return facets.map((facet) => hashOf(parts[facet].join('\n'))).join(' ');
}

/** A hash over everything in a process that has a meaning: not over where it is drawn, nor in which order it stands. */
export function processPrint(process: XmlElement, roots: RootNames): string {
  return hashOf([process.attributes.get('id'), process.attributes.get('name'), ...linesOf(process, roots).sort()].join('\n'));
}

function linesOf(container: XmlElement, roots: RootNames): string[] {
  return container.children.flatMap((element) => {
    const id = element.attributes.get('id');
    if (id === undefined || element.prefix !== 'bpmn' || element.name === 'laneSet') return [];
    return [`${container.attributes.get('id')} ${id} ${nodePrint(element, roots)}`, ...linesOf(element, roots)];
  });
}

const ofEvents = ['attachedToRef', 'cancelActivity', 'isInterrupting'];

/** What does not belong to what an element means: flows have lines of their own, and so has what a sub-process holds. */
function isApart({ prefix, name, attributes }: XmlElement): boolean {
  if (prefix !== 'bpmn' || ['extensionElements', 'documentation', 'incoming', 'outgoing', 'laneSet'].includes(name)) return true;
  return (
    attributes.has('id') && !/(?:LoopCharacteristics|EventDefinition|potentialOwner|humanPerformer)$/u.test(name) && !isExpression(name)
  );
}

function isExpression(name: string): boolean {
  return /(?:Expression|condition|Condition|script|text)$/u.test(name);
}

function contentOf(element: XmlElement, roots: RootNames): string {
  const attributes = sorted(element.attributes).flatMap(([name, value]) =>
    name === 'id' || name.includes(':') ? [] : [`${name}=${named(name, value, roots)}`],
  );
  const children = element.children.filter(({ prefix }) => prefix === 'bpmn').map((child) => contentOf(child, roots));
  return `${element.name}(${[...attributes, element.text, ...children].join('\n')})`;
}

function sorted(attributes: ReadonlyMap<string, string>): [string, string][] {
  return [...attributes].filter(([name]) => !name.includes(':')).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A reference to a root element counts by what that is called: tools give such elements other ids. */
function named(name: string, value: string, roots: RootNames): string {
  return name.endsWith('Ref') ? (roots.get(value) ?? value) : value;
}

function extensionOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children
    .filter((child) => child.prefix === 'bpmn' && child.name === 'extensionElements')
    .flatMap(({ children }) => children)
    .find((child) => child.prefix === 'neiqin' && child.name === name);
}

function jsonIn(element: XmlElement | undefined): JsonObject | undefined {
  if (element === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(element.text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** FNV-1a of the code units, in hex: enough to notice what people change. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
