import { ImportReport } from './import-report';
import type { XmlElement } from './xml';

/** Prefixes that are not a vendor's. */
const standard = new Set(['', 'bpmn', 'xsi', 'xml', 'xmlns', 'neiqin']);

/** Attributes that say nothing about how a process runs, or what holds anyhow. */
const silent = new Set([
  ...['id', 'name', 'isExecutable', 'processType', 'isClosed', 'targetNamespace', 'exporter', 'exporterVersion', 'gatewayDirection'],
  ...['startQuantity', 'completionQuantity', 'evaluatesToTypeRef', 'itemSubjectRef', 'isCollection', 'textFormat', 'implementation'],
  ...['waitForCompletion', 'parallelMultiple', 'capacity', 'isUnlimited', 'method', 'type', 'behavior', 'structureRef', 'itemKind'],
  ...['eventGatewayType', 'isImmediate', 'definitionalCollaborationRef', 'associationDirection', 'scriptFormat', 'noneBehaviorEventRef'],
]);
/** Elements that the model has besides: nothing of them is to be taken over. */
const passing = new Set(['incoming', 'outgoing', 'flowNodeRef', 'supports']);
/** What belongs together in the report, by what it is called there. */
const asOne: Record<string, string> = {
  documentation: 'the documentation',
  textAnnotation: 'the annotation',
  association: 'the association',
  group: 'the group',
  ioSpecification: 'the data that go in and out',
  dataInputAssociation: 'what goes in',
  dataOutputAssociation: 'what comes out',
  dataObject: 'the data object',
  dataObjectReference: 'the data object',
  dataStoreReference: 'the data store',
  property: 'the property',
  laneSet: 'the lanes',
  auditing: 'what is to be audited',
  monitoring: 'what is to be monitored',
};

/** A BPMN file while it is imported: answers what stands where, and remembers what was asked for, so that the rest can be reported. */
export class BpmnFile {
  readonly report = new ImportReport((element) => this.nearestId(element));
  private readonly parents = new Map<XmlElement, XmlElement>();
  private readonly byId = new Map<string, XmlElement>();
  private readonly used = new Set<XmlElement>();
  private readonly usedAttributes = new Map<XmlElement, Set<string>>();

  constructor(readonly root: XmlElement) {
    const open = [root];
    for (let element = open.pop(); element !== undefined; element = open.pop()) {
      const id = element.attributes.get('id');
      if (id !== undefined && element.prefix === 'bpmn' && !this.byId.has(id)) this.byId.set(id, element);
      for (const child of element.children) {
        this.parents.set(child, element);
        open.push(child);
      }
    }
  }

  /** An attribute of BPMN; empty ones count as missing. */
  attribute(element: XmlElement, name: string): string | undefined {
    const key = element.attributes.has(name) ? name : `bpmn:${name}`;
    this.use(element, key);
    return filled(element.attributes.get(key));
  }

  isTrue(element: XmlElement, name: string): boolean {
    return this.attribute(element, name) === 'true';
  }

  /** An attribute of any vendor, with the name under which it stands there. */
  vendor(element: XmlElement, ...names: string[]): { key: string; value: string } | undefined {
    for (const [key, value] of element.attributes) {
      const [prefix = '', name = ''] = key.includes(':') ? key.split(':') : ['', key];
      if (standard.has(prefix) || !names.includes(name)) continue;
      this.use(element, key);
      if (filled(value) !== undefined) return { key, value: value.trim() };
    }
    return undefined;
  }

  /** A child of BPMN. */
  child(element: XmlElement, name: string): XmlElement | undefined {
    return this.children(element, name)[0];
  }

  children(element: XmlElement, name: string): XmlElement[] {
    const found = element.children.filter((child) => child.prefix === 'bpmn' && child.name === name);
    for (const child of found) this.take(child);
    return found;
  }

  /** What vendors have put into an element, by name; at any depth where `deep`. */
  extensions(element: XmlElement, ...names: string[]): XmlElement[] {
    const holders = element.children.filter((child) => child.prefix === 'bpmn' && child.name === 'extensionElements');
    return holders.flatMap((holder) => holder.children.filter((child) => names.includes(child.name)));
  }

  extension(element: XmlElement, ...names: string[]): XmlElement | undefined {
    const found = this.extensions(element, ...names)[0];
    if (found !== undefined) this.take(found);
    return found;
  }

  /** What a reference leads to; a prefix before its colon is no part of the id. */
  referred(reference: string | undefined): XmlElement | undefined {
    if (reference === undefined) return undefined;
    const found = this.byId.get(reference) ?? this.byId.get(localPart(reference));
    if (found !== undefined) this.take(found);
    return found;
  }

  /** Marks an element as understood; its attributes and children are reported unless they are asked for. */
  take(element: XmlElement): void {
    this.used.add(element);
  }

  /** Marks an element with everything in it as understood. */
  takeAll(element: XmlElement): void {
    this.take(element);
    for (const key of element.attributes.keys()) this.use(element, key);
    for (const child of element.children) this.takeAll(child);
  }

  parent(element: XmlElement): XmlElement | undefined {
    return this.parents.get(element);
  }

  /** Reports all of an element that nobody has asked for. */
  reportLeftOver(element: XmlElement): void {
    if (element.prefix === 'bpmn' && passing.has(element.name)) return;
    if (element.prefix === 'bpmn' && element.name === 'extensionElements') {
      for (const child of element.children) this.reportLeftOver(child);
      return;
    }
    if (!this.used.has(element)) {
      const name = element.prefix === 'bpmn' ? (asOne[element.name] ?? `"${element.name}"`) : `"${element.prefix}:${element.name}"`;
      this.report.add('left out', element, `${name} has no counterpart here`, { text: textOf(element) });
      return;
    }
    const used = this.usedAttributes.get(element);
    for (const [key, value] of element.attributes) {
      if (used?.has(key) || key.startsWith('xmlns') || key.startsWith('xsi:') || silent.has(key) || value.trim() === '') continue;
      if (key.startsWith('neiqin:')) continue;
      if (/:(?:async|asyncBefore|asyncAfter|exclusive)$/u.test(key)) {
        this.report.add('mapped', element, `"${key}" has no meaning: each step is kept before the next begins`, { text: value });
        continue;
      }
      this.report.add('left out', element, `"${key}" has no counterpart here`, { text: value });
    }
    for (const child of element.children) this.reportLeftOver(child);
  }

  private use(element: XmlElement, key: string): void {
    const used = this.usedAttributes.get(element);
    if (used === undefined) this.usedAttributes.set(element, new Set([key]));
    else used.add(key);
  }

  private nearestId(element: XmlElement): string | null {
    for (let at: XmlElement | undefined = element; at !== undefined; at = this.parents.get(at)) {
      const id = at.attributes.get('id');
      if (id !== undefined && at !== this.root) return id;
    }
    return null;
  }
}

/** The part of a qualified name behind its prefix. */
export function localPart(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

/** What an element holds, in one text. */
export function textOf(element: XmlElement): string {
  const attributes = [...element.attributes]
    .filter(([key]) => key !== 'id' && !key.startsWith('xmlns'))
    .map(([key, value]) => `${key}=${value}`);
  const inner = element.children.slice(0, 20).map((child) => `${child.name}(${textOf(child)})`);
  return [element.text, ...attributes, ...inner]
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, 1000);
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
