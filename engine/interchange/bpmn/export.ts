import { BpmnModdle, type ModdleElement } from 'bpmn-moddle';
import type { JsonObject } from '../../json';
import type { ProcessModel } from '../../runtime/process-model';
import { type Diagram, type DiagramFlow, type DiagramNode, diagramOf, type Language } from './export-diagram';
import { headOf, nodeDocument } from './export-document';
import { ElementMaker } from './export-elements';
import { XmlIds } from './export-ids';
import { type DiagramLane, lanesOf } from './export-lanes';
import { RootElements } from './export-roots';
import { writtenActivities } from './export-source';
import { extensionPackage, nodePrint, processPrint, rootNames } from './extension';
import { type Arrange, type Bounds, type Label, type Layout, layoutOf, type PlacedFlow, type PlacedShape } from './layout';
import { readXml, type XmlElement } from './xml';

/** What is exported. */
export interface ExportedProcess {
  model: ProcessModel;
  /** The document that it was compiled from; without it the file holds a document in the graph notation. */
  document?: { value: JsonObject; text: string };
  /** The language of names. */
  language: Language;
  /** In lanes, one for the roles of each step; a process in which no step has roles has none. */
  lanes?: boolean;
}

/** A process as a diagram with places, for BPMN and for pictures. */
export function layoutProcess({ model, document, language, lanes }: ExportedProcess, arrange: Arrange): Promise<Layout> {
  const diagram = diagramOf(model, language, document?.value);
  return layoutOf(diagram, arrange, lanes === true ? lanesOf(diagram) : []);
}

/**
 * Writes a process as BPMN 2.0 with its diagram. What BPMN has no words for stands in extension elements, so that `neiqin import` gives the
 * document back. The same process gives the same bytes.
 */
export async function exportBpmn(source: ExportedProcess, arrange: Arrange): Promise<string> {
  const layout = await layoutProcess(source, arrange);
  const moddle = new BpmnModdle({ neiqin: extensionPackage });
  const writer = new Writer(moddle, source);
  const bare = await moddle.toXML(writer.definitions(), { format: true });
  writer.addPrints(bare.xml);
  writer.addDiagram(layout);
  return (await moddle.toXML(writer.definitions(), { format: true })).xml;
}

class Writer {
  private readonly ids: XmlIds;
  private readonly roots: RootElements;
  private readonly maker: ElementMaker;
  private readonly diagram: Diagram;
  private readonly activities: ReadonlyMap<string, JsonObject>;
  private readonly elements = new Map<string, ModdleElement>();
  private readonly flows = new Map<string, ModdleElement>();
  private readonly process: ModdleElement;
  private readonly root: ModdleElement;
  private readonly definition: ModdleElement;
  /** The lanes with their elements, in the order in which they are drawn. */
  private readonly lanes: ReadonlyMap<string, ModdleElement>;
  /** The pool around the lanes; absent without lanes. */
  private readonly collaboration: ModdleElement | undefined;
  /** The extension of each element that has one, to which its print is added. */
  private readonly extensions = new Map<string, ModdleElement>();

  constructor(
    private readonly moddle: BpmnModdle,
    private readonly source: ExportedProcess,
  ) {
    const { model, language, document } = source;
    this.ids = new XmlIds(model.id);
    this.roots = new RootElements(moddle, (wanted) => this.ids.free(wanted));
    this.maker = new ElementMaker(moddle, this.roots);
    this.diagram = diagramOf(model, language, document?.value);
    this.activities = writtenActivities(document?.value ?? {});
    for (const shape of this.diagram.nodes) this.addNode(shape);
    for (const flow of this.diagram.flows) this.addFlow(flow);
    this.connect();
    this.definition = moddle.create('neiqin:Definition', { lang: language, ...(document === undefined ? {} : { text: document.text }) });
    const head = moddle.create('neiqin:Head', { text: JSON.stringify(this.head()) });
    const lanes = source.lanes === true ? lanesOf(this.diagram) : [];
    this.lanes = new Map(lanes.map((lane) => [lane.name, this.lane(lane)]));
    const laneSet = { id: this.ids.free('lanes'), lanes: [...this.lanes.values()] };
    this.process = moddle.create('bpmn:Process', {
      id: model.id,
      name: model.title[language],
      isExecutable: true,
      extensionElements: moddle.create('bpmn:ExtensionElements', { values: [this.definition, head] }),
      ...(lanes.length === 0 ? {} : { laneSets: [moddle.create('bpmn:LaneSet', laneSet)] }),
      ...this.contents(undefined),
    });
    this.collaboration = lanes.length === 0 ? undefined : this.poolAround(model.title[language]);
    this.root = moddle.create('bpmn:Definitions', {
      id: this.ids.free('definitions'),
      name: model.title[language],
      targetNamespace: 'https://neiqin.dev/processes',
      exporter: 'neiqin',
      rootElements: [...this.roots.all, ...(this.collaboration === undefined ? [] : [this.collaboration]), this.process],
    });
  }

  definitions(): ModdleElement {
    return this.root;
  }

  /** Notes how everything is now, so that a change in the file can be seen later. */
  addPrints(xml: string): void {
    const read = readXml(xml);
    if (!read.ok) throw new Error(`invariant: the written BPMN cannot be read: ${read.problem.message}`);
    const names = rootNames(read.root);
    const process = read.root.children.find(({ name }) => name === 'process');
    if (process === undefined) throw new Error('invariant: the written BPMN has no process');
    this.definition['print'] = processPrint(process, names);
    for (const element of within(process)) {
      const extension = this.extensions.get(element.attributes.get('id') ?? '');
      if (extension !== undefined) extension['print'] = nodePrint(element, names);
    }
  }

  addDiagram({ shapes, flows, pool }: Layout): void {
    const [participant] = (this.collaboration?.['participants'] ?? []) as ModdleElement[];
    const around =
      pool === undefined || participant === undefined
        ? []
        : [
            this.drawn(participant, pool.bounds),
            ...pool.lanes.map(({ lane, bounds }) => this.drawn(this.lanes.get(lane.name) as ModdleElement, bounds)),
          ];
    const planeElement = [...around, ...shapes.map((placed) => this.shape(placed)), ...flows.map((placed) => this.edge(placed))];
    const bpmnElement = this.collaboration ?? this.process;
    const plane = this.moddle.create('bpmndi:BPMNPlane', { id: this.ids.free('plane'), bpmnElement, planeElement });
    this.root['diagrams'] = [this.moddle.create('bpmndi:BPMNDiagram', { id: this.ids.free('diagram'), plane })];
  }

  private lane({ name, nodes }: DiagramLane): ModdleElement {
    const flowNodeRef = nodes.flatMap((id) => this.elements.get(id) ?? []);
    return this.moddle.create('bpmn:Lane', { id: this.ids.free(`lane.${name}`), name, flowNodeRef });
  }

  private poolAround(name: string): ModdleElement {
    const participant = this.moddle.create('bpmn:Participant', { id: this.ids.free('pool'), name, processRef: this.process });
    return this.moddle.create('bpmn:Collaboration', { id: this.ids.free('collaboration'), participants: [participant] });
  }

  /** A pool or a lane. */
  private drawn(element: ModdleElement, bounds: Bounds): ModdleElement {
    const id = this.ids.free(`${element.id}.shape`);
    return this.moddle.create('bpmndi:BPMNShape', { id, bpmnElement: element, isHorizontal: true, bounds: this.bounds(bounds) });
  }

  private head(): JsonObject {
    const { document, model } = this.source;
    if (document === undefined) return headOf(model);
    const inGraph = ['steps', 'nodes', 'flows', 'eventSubProcesses', 'start'];
    return Object.fromEntries(Object.entries(document.value).filter(([key]) => !inGraph.includes(key)));
  }

  private addNode(shape: DiagramNode): void {
    const id = this.ids.of(shape.id);
    const element = this.maker.make(shape, id);
    this.elements.set(shape.id, element);
    const { node } = shape;
    const values = id === shape.id ? [] : [this.moddle.create('neiqin:Original', { id: shape.id })];
    if (node !== undefined) {
      const body = this.activities.get(node.id) ?? nodeDocument(node, this.source.model.startForm);
      const written = this.moddle.create('neiqin:Node', { text: JSON.stringify(body) });
      this.extensions.set(id, written);
      values.push(written);
    }
    if (values.length > 0) element['extensionElements'] = this.moddle.create('bpmn:ExtensionElements', { values });
  }

  private addFlow(flow: DiagramFlow): void {
    const { id, kind, from, to, name } = flow;
    const written = this.ids.ofFlow(id);
    const ends = { sourceRef: this.elements.get(from), targetRef: this.elements.get(to) };
    if (kind === 'association') {
      this.flows.set(id, this.moddle.create('bpmn:Association', { id: written, associationDirection: 'One', ...ends }));
      return;
    }
    const condition = this.source.model.flows[id]?.condition;
    const original = this.moddle.create('neiqin:Original', { id });
    this.flows.set(
      id,
      this.moddle.create('bpmn:SequenceFlow', {
        id: written,
        ...(name === '' ? {} : { name }),
        ...ends,
        ...(condition === undefined ? {} : { conditionExpression: this.maker.feel(condition) }),
        ...(written === id ? {} : { extensionElements: this.moddle.create('bpmn:ExtensionElements', { values: [original] }) }),
      }),
    );
  }

  /** Sets what elements say of each other. */
  private connect(): void {
    for (const { id, node, attachedTo } of this.diagram.nodes) {
      const element = this.elements.get(id) as ModdleElement;
      if (attachedTo !== undefined) element['attachedToRef'] = this.elements.get(attachedTo);
      if (node === undefined) continue;
      if (node.incoming.length > 0) element['incoming'] = node.incoming.map((flow) => this.flows.get(flow));
      if (node.outgoing.length > 0) element['outgoing'] = node.outgoing.map((flow) => this.flows.get(flow));
      if ('defaultFlow' in node && node.defaultFlow !== undefined) element['default'] = this.flows.get(node.defaultFlow);
      if ('throws' in node && node.throws?.kind === 'compensation' && node.throws.activity !== undefined) {
        const [definition] = element['eventDefinitions'] as ModdleElement[];
        if (definition !== undefined) definition['activityRef'] = this.elements.get(node.throws.activity);
      }
      if (node.kind === 'subProcess') Object.assign(element, this.contents(id));
    }
  }

  /** What stands in a sub-process, or in the process itself: in the order of the model, flows last. */
  private contents(container: string | undefined): { flowElements: ModdleElement[]; artifacts?: ModdleElement[] } {
    const nodes = this.diagram.nodes.filter(({ parent }) => parent === container);
    const held = new Set(nodes.map(({ id }) => id));
    const lines = this.diagram.flows.filter(({ from }) => held.has(from));
    const written = (kind: DiagramFlow['kind']) =>
      lines.filter((line) => line.kind === kind).map(({ id }) => this.flows.get(id) as ModdleElement);
    const artifacts = written('association');
    const flowElements = [...nodes.map(({ id }) => this.elements.get(id) as ModdleElement), ...written('flow')];
    return { flowElements, ...(artifacts.length === 0 ? {} : { artifacts }) };
  }

  private shape({ shape, bounds, label }: PlacedShape): ModdleElement {
    const element = this.elements.get(shape.id) as ModdleElement;
    return this.moddle.create('bpmndi:BPMNShape', {
      id: this.ids.free(`${element.id}.shape`),
      bpmnElement: element,
      ...(shape.kind === 'exclusiveGateway' ? { isMarkerVisible: true } : {}),
      ...(shape.kind === 'subProcess' ? { isExpanded: true } : {}),
      bounds: this.bounds(bounds),
      ...(shape.kind === 'subProcess' ? {} : this.label(label)),
    });
  }

  private edge({ flow, points, label }: PlacedFlow): ModdleElement {
    const element = this.flows.get(flow.id) as ModdleElement;
    return this.moddle.create('bpmndi:BPMNEdge', {
      id: this.ids.free(`${element.id}.edge`),
      bpmnElement: element,
      waypoint: points.map(({ x, y }) => this.moddle.create('dc:Point', { x, y })),
      ...this.label(label),
    });
  }

  private label(label: Label | undefined): { label?: ModdleElement } {
    return label === undefined ? {} : { label: this.moddle.create('bpmndi:BPMNLabel', { bounds: this.bounds(label.bounds) }) };
  }

  private bounds({ x, y, width, height }: Bounds): ModdleElement {
    return this.moddle.create('dc:Bounds', { x, y, width, height });
  }
}

function within(element: XmlElement): XmlElement[] {
  return element.children.filter(({ prefix }) => prefix === 'bpmn').flatMap((child) => [child, ...within(child)]);
}
