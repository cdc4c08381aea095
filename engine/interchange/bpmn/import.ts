import type { JsonObject } from '../../json';
import { BpmnFile, localPart } from './bpmn-file';
import { rootNames, writtenProcess } from './extension';
import { ImportedActivities } from './import-activities';
import { nameUndone } from './import-calls';
import { ElementNames, type GraphDocument, ImportedContainer, titleOf } from './import-container';
import { declaredVariables } from './import-data';
import { ImportedEvents } from './import-events';
import { ImportedExpressions } from './import-expressions';
import { ImportedPeople } from './import-people';
import type { ImportNote } from './import-report';
import { documentText } from './import-text';
import { StepNames, structured } from './structure';
import { readXml, type XmlElement, type XmlProblem } from './xml';

/** How a document is written. `auto`: steps where the model is structured, else the graph notation. */
export type ImportNotation = 'auto' | 'steps' | 'graph';

/** What to import, and how. */
export interface ImportOptions {
  /** The process of the file to import, by its id there; all by default. */
  process?: string;
  /** Processes, by their ids, that are imported from other files at the same time. */
  elsewhere?: readonly string[];
  /** `auto` by default. */
  notation?: ImportNotation;
  /** Who does a task of which nobody says who does it; `clerk` by default. */
  role?: string;
  /** True where a document is without errors; then only is it written in steps. Without it nothing is asked. */
  compiles?(text: string): boolean;
}

/** A process of the file as a document. */
export interface ImportedProcess {
  /** The id of the document. */
  id: string;
  /** The id in the file. */
  bpmnId: string;
  notation: 'steps' | 'graph';
  /** The document as YAML. */
  text: string;
  /** True where something of it was refused: the document is not what the model means. */
  refused: boolean;
}

/** What a file of BPMN gives. */
export interface BpmnImport {
  processes: ImportedProcess[];
  /** What became of each part that has no word of its own here, in the order of the file. */
  notes: ImportNote[];
}

/** What nobody runs here: how parts of a collaboration talk to each other is said by messages. */
const beside = new Set([
  'collaboration',
  'choreography',
  'globalChoreographyTask',
  'conversation',
  'globalConversation',
  'globalUserTask',
  'globalTask',
  'globalScriptTask',
]);

/**
 * Makes documents of the processes of a BPMN 2.0 file. Nothing is dropped without a note; what came from `neiqin export` and was not changed
 * is the document that it was. Never throws over what is in a file: one that cannot be read is a problem at its place.
 */
export function importBpmn(
  xml: string,
  options: ImportOptions = {},
): { ok: true; import: BpmnImport } | { ok: false; problem: XmlProblem } {
  const read = readXml(xml);
  if (!read.ok) return read;
  const { root } = read;
  const { line, column } = root;
  if (root.prefix !== 'bpmn' || root.name !== 'definitions') {
    const message = `the file holds "${root.name}" and no BPMN 2.0`;
    return { ok: false, problem: { line, column, message, remedy: 'export it as BPMN 2.0: its root is "definitions"' } };
  }
  return { ok: true, import: new Importer(new BpmnFile(root), options).run() };
}

class Importer {
  private readonly ids = new Map<string, string>();

  constructor(
    private readonly file: BpmnFile,
    private readonly options: ImportOptions,
  ) {}

  run(): BpmnImport {
    const { file, options } = this;
    const processes = file.root.children.filter(({ prefix, name }) => prefix === 'bpmn' && name === 'process');
    for (const process of processes) this.name(process);
    const wanted = processes.filter((process) => options.process === undefined || process.attributes.get('id') === options.process);
    const read = wanted.flatMap((process) => this.process(process) ?? []);
    const imported = read.map((finish) => finish());
    this.reportBesides();
    return { processes: imported, notes: file.report.sorted() };
  }

  private name(process: XmlElement): void {
    const own = process.attributes.get('id') ?? 'process';
    const taken = new Set(this.ids.values());
    const base = processId(own);
    let id = base;
    for (let number = 2; taken.has(id); number++) id = `${base.slice(0, 95)}-${number}`;
    this.ids.set(own, id);
  }

  /** Reads a process. What is given finishes it, when all others have been read. */
  private process(element: XmlElement): (() => ImportedProcess) | undefined {
    const { file } = this;
    const bpmnId = element.attributes.get('id') ?? 'process';
    const roots = rootNames(file.root);
    file.take(element);
    const written = writtenProcess(element, roots);
    const id = this.ids.get(bpmnId) ?? processId(bpmnId);
    if (written?.text !== undefined) {
      const notation = /^(?:nodes|flows):/mu.test(written.text) ? 'graph' : 'steps';
      const { text, head } = written;
      return () => ({ id: String(head['process'] ?? id), bpmnId, notation, text, refused: false });
    }
    const before = file.report.notes.length;
    const names = new ElementNames(element, file);
    const expressions = new ImportedExpressions(file, file.attribute(file.root, 'expressionLanguage'));
    const events = new ImportedEvents(file, expressions, (reference) => names.of(reference));
    const people = new ImportedPeople(file, expressions, this.options.role ?? 'clerk');
    const called = {
      idOf: (reference: string) => this.calledId(reference),
      isHere: (reference: string) => this.ids.has(localPart(reference)) || this.options.elsewhere?.includes(localPart(reference)) === true,
    };
    const activities = new ImportedActivities(file, expressions, events, people, called);
    const tools = { file, expressions, events, activities, names, roots, written, lanes: lanesOf(element, file) };
    // lanes that an export has drawn say again what its steps say
    if (written !== undefined) for (const set of file.children(element, 'laneSet')) file.takeAll(set);
    const graph = new ImportedContainer(tools, element).graph();
    const declared = declaredVariables(file, element);
    for (const child of element.children) file.reportLeftOver(child);
    if (graph.nodes.length === 0) {
      file.report.add('left out', element, 'there is nothing in the process', { text: bpmnId });
      return undefined;
    }
    nameUndone(graph.nodes, (handler, activity) => {
      file.report.add('mapped', element, `"${handler}" undoes "${activity}", which is what is to be undone`);
    });
    const head = written?.head ?? this.head(element, id);
    const document = this.document(declared, head, graph, expressions);
    const refused = file.report.notes.slice(before).some(({ outcome }) => outcome === 'refused');
    return () => {
      const noted = file.report.notes.length;
      const steps = this.inSteps(element, document, graph);
      const unstructured = file.report.notes.slice(noted).some(({ outcome }) => outcome === 'refused');
      const text = steps ?? documentText(document);
      return {
        id: String(document['process']),
        bpmnId,
        notation: steps === undefined ? 'graph' : 'steps',
        text,
        refused: refused || unstructured,
      };
    };
  }

  /** The document in steps, if it is to be and can be. */
  private inSteps(element: XmlElement, document: JsonObject, graph: GraphDocument): string | undefined {
    const { notation = 'auto', compiles } = this.options;
    if (notation === 'graph') return undefined;
    const names = new StepNames();
    const steps = structured(graph, names);
    const { nodes: _, flows: __, ...others } = document;
    const text = steps === undefined ? undefined : documentText({ ...others, ...steps });
    const renamed = text === undefined ? [] : names.renamed().map(([from, to]) => `${from} is ${to}`);
    // whoever tries the model names its parts as the file does
    if (notation === 'auto' && renamed.length > 0) return undefined;
    const isSound = text !== undefined && (compiles === undefined || compiles(text) || !compiles(documentText(document)));
    if (text !== undefined && isSound) {
      if (renamed.length > 0)
        this.file.report.add('mapped', element, 'steps have other ids than in the file', { text: renamed.join(', ') });
      return text;
    }
    if (notation === 'steps') {
      const remedy = 'import it with "--notation graph"';
      this.file.report.add('refused', element, 'the process has no steps that mean the same: it is not structured', { remedy });
    }
    return undefined;
  }

  private document(declared: JsonObject, head: JsonObject, graph: GraphDocument, expressions: ImportedExpressions): JsonObject {
    const known = (head['variables'] ?? {}) as JsonObject;
    const variables = { ...declared, ...Object.fromEntries(expressions.placeholders), ...known };
    const isEmpty = Object.keys(variables).length === 0;
    const { variables: _, ...others } = head;
    return { ...others, ...(isEmpty ? {} : { variables }), nodes: graph.nodes, flows: graph.flows };
  }

  private head(element: XmlElement, id: string): JsonObject {
    const title = titleOf(element);
    return { process: id, ...(title === undefined ? {} : { title }), additionalVariables: true };
  }

  private calledId(reference: string): string {
    return this.ids.get(localPart(reference)) ?? processId(localPart(reference));
  }

  private reportBesides(): void {
    const { file } = this;
    for (const element of file.root.children) {
      if (element.prefix !== 'bpmn') continue;
      if (element.name === 'collaboration') this.collaboration(element);
      else if (beside.has(element.name)) file.report.add('left out', element, `"${element.name}" has no counterpart here`);
    }
  }

  private collaboration(element: XmlElement): void {
    const { file } = this;
    for (const child of element.children) {
      if (child.name === 'participant') {
        const reference = child.attributes.get('processRef');
        if (reference === undefined)
          file.report.add('left out', child, 'a participant without a process is another system', { text: titleOf(child) ?? '' });
      } else if (child.name === 'messageFlow') {
        const text = `${child.attributes.get('sourceRef')} to ${child.attributes.get('targetRef')}`;
        file.report.add('left out', child, 'a message flow is only drawn: messages go by their names and keys', { text });
      } else file.reportLeftOver(child);
    }
  }
}

/** The id of a process as it stands in the file, as far as a document may have it. */
function processId(text: string): string {
  const id = text.replaceAll(/[^\p{L}\p{N}_.-]/gu, '-').slice(0, 100);
  return /^[\p{L}_]/u.test(id) ? id : `_${id.slice(0, 99)}`;
}

/** The innermost lane with a name of each node. */
function lanesOf(process: XmlElement, file: BpmnFile): Map<string, string> {
  const lanes = new Map<string, string>();
  const read = (set: XmlElement, around: string | undefined): void => {
    for (const lane of set.children.filter(({ name }) => name === 'lane')) {
      const name = titleOf(lane) ?? around;
      for (const child of lane.children) {
        if (child.name === 'flowNodeRef' && name !== undefined) lanes.set(child.text, name);
        else if (child.name === 'childLaneSet') read(child, name);
      }
    }
  };
  for (const set of file.children(process, 'laneSet')) read(set, undefined);
  return lanes;
}
