import type { Json, JsonObject } from '../../json';
import { type BpmnFile, localPart } from './bpmn-file';
import { originalId, type RootNames, type WrittenProcess, writtenNode } from './extension';
import type { ImportedActivities } from './import-activities';
import { declaredVariables } from './import-data';
import type { ImportedEvents } from './import-events';
import type { ImportedExpressions } from './import-expressions';
import { importLoop } from './import-loops';
import type { XmlElement } from './xml';

/** A node of the graph notation as it will stand in a document. */
export interface GraphNode extends JsonObject {
  id: string;
}
/** A flow of the graph notation. */
export interface GraphFlowDocument extends JsonObject {
  id: string;
  from: string;
  to: string;
}

/** A process or a sub-process in the graph notation; sub-processes hold theirs under `nodes` and `flows` of their kind. */
export interface GraphDocument {
  nodes: GraphNode[];
  flows: GraphFlowDocument[];
}

const activityNames = new Set([
  ...['task', 'manualTask', 'userTask', 'serviceTask', 'scriptTask', 'businessRuleTask', 'sendTask', 'receiveTask', 'callActivity'],
  ...['subProcess', 'transaction', 'adHocSubProcess'],
]);
const subProcessNames = new Set(['subProcess', 'transaction', 'adHocSubProcess']);
const gatewayNames = new Set(['exclusiveGateway', 'inclusiveGateway', 'parallelGateway', 'eventBasedGateway', 'complexGateway']);
const eventNames = new Set(['startEvent', 'endEvent', 'intermediateCatchEvent', 'intermediateThrowEvent', 'boundaryEvent']);
/** What stands beside the nodes of a process and is read from them, or only reported. */
const besides = new Set([
  ...[
    'sequenceFlow',
    'extensionElements',
    'documentation',
    'laneSet',
    'ioSpecification',
    'dataObject',
    'dataObjectReference',
    'dataStoreReference',
  ],
  ...[
    'textAnnotation',
    'association',
    'group',
    'property',
    'incoming',
    'outgoing',
    'multiInstanceLoopCharacteristics',
    'completionCondition',
  ],
  ...['standardLoopCharacteristics', 'auditing', 'monitoring', 'dataInputAssociation', 'dataOutputAssociation', 'supports', 'artifact'],
  ...[
    'correlationSubscription',
    'resourceRole',
    'categoryValueRef',
    'signal',
    'message',
    'error',
    'escalation',
    'itemDefinition',
    'performer',
    'humanPerformer',
    'potentialOwner',
    'category',
  ],
]);

/** What the nodes of a process are made with. */
export interface ContainerTools {
  file: BpmnFile;
  expressions: ImportedExpressions;
  events: ImportedEvents;
  activities: ImportedActivities;
  names: ElementNames;
  roots: RootNames;
  /** Set where the process was written by an export. */
  written: WrittenProcess | undefined;
  /** The lane in which a node is drawn, by the node's id. */
  lanes: ReadonlyMap<string, string>;
}

/** Turns a process or a sub-process into the graph notation. */
export class ImportedContainer {
  private readonly nodes: GraphNode[] = [];
  private readonly elements = new Map<string, XmlElement>();
  private readonly flows: GraphFlowDocument[];

  constructor(
    private readonly tools: ContainerTools,
    private readonly container: XmlElement,
    private readonly isEvent = false,
  ) {
    this.flows = container.children.flatMap((child) => (isBpmn(child, 'sequenceFlow') ? this.flow(child) : []));
  }

  graph(): GraphDocument {
    for (const element of this.container.children) {
      if (element.prefix !== 'bpmn' || besides.has(element.name)) continue;
      const node = this.node(element);
      if (node !== undefined) this.nodes.push(node);
    }
    const ids = new Set(this.nodes.map(({ id }) => id));
    const { file } = this.tools;
    const flows = this.flows.filter((flow) => {
      if (ids.has(flow.from) && ids.has(flow.to)) return true;
      const at = this.elements.get(flow.id) ?? this.container;
      file.report.add('left out', at, `the flow from "${flow.from}" to "${flow.to}" leads from or to what is not in its process`);
      return false;
    });
    this.dropWhatGatewaysIgnore(flows);
    return { nodes: this.nodes, flows };
  }

  private flow(element: XmlElement): GraphFlowDocument[] {
    const { file, names, expressions } = this.tools;
    file.take(element);
    const from = file.attribute(element, 'sourceRef');
    const to = file.attribute(element, 'targetRef');
    if (from === undefined || to === undefined) {
      file.report.add('refused', element, 'the flow does not say from where to where it leads', { remedy: 'draw it again' });
      return [];
    }
    const ends = { from: names.of(localPart(from)), to: names.of(localPart(to)) };
    const id = names.flow(originalId(element), `${ends.from}>${ends.to}`);
    this.elements.set(id, element);
    const condition = file.child(element, 'conditionExpression');
    const text = condition?.text ?? '';
    if (condition === undefined || text === '') {
      if (condition !== undefined) file.reportLeftOver(condition);
      return [{ id, ...ends }];
    }
    const language = file.attribute(condition, 'language');
    file.attribute(condition, 'resource');
    return [{ id, ...ends, when: expressions.condition(text, condition, `${id}_taken`, language) }];
  }

  private node(element: XmlElement): GraphNode | undefined {
    const { file, names, roots, written: process } = this.tools;
    if (!activityNames.has(element.name) && !gatewayNames.has(element.name) && !eventNames.has(element.name)) {
      file.report.add('refused', element, `"${element.name}" has no counterpart here`, { remedy: 'take it out of the model' });
      file.takeAll(element);
      return undefined;
    }
    file.take(element);
    const id = names.ofElement(element);
    const written = process === undefined ? undefined : writtenNode(element, roots);
    if (written === undefined) return this.converted(element, id);
    return this.mended(element, id, written.node, new Set(written.changed));
  }

  private converted(element: XmlElement, id: string): GraphNode {
    const title = titleOf(element);
    const body = activityNames.has(element.name) ? this.activity(element, id) : this.eventOrGateway(element, id);
    return { id, ...(title === undefined ? {} : { title }), ...body };
  }

  /** A node that an export has written, with what was changed in the file since. */
  private mended(element: XmlElement, id: string, node: JsonObject, changed: ReadonlySet<string>): GraphNode {
    const { file, written } = this.tools;
    const inner = 'subProcess' in node ? this.inside(element, node['subProcess'] as JsonObject) : {};
    if (changed.size === 0) {
      for (const child of element.children)
        if (child.name === 'extensionElements' || child.name.endsWith('Definition')) file.takeAll(child);
      for (const key of element.attributes.keys()) file.attribute(element, key);
      return { id, ...node, ...inner };
    }
    const fresh = this.converted(element, id);
    const kind = Object.keys(node).find((key) => key in fresh && key !== 'title');
    const mended: GraphNode = { id, ...node, ...inner };
    if (changed.has('title')) renamed(mended, fresh['title'], written?.lang ?? 'en');
    if (changed.has('loop')) for (const key of ['forEach', 'repeat']) replace(mended, fresh, key);
    if ((changed.has('event') || changed.has('content')) && kind !== undefined) mended[kind] = fresh[kind] as Json;
    else if (changed.has('content')) return { ...fresh, ...(mended['title'] === undefined ? {} : { title: mended['title'] }) };
    return mended;
  }

  private inside(element: XmlElement, body: JsonObject): JsonObject {
    return { subProcess: { ...body, ...this.inner(element, body['event'] === true) } };
  }

  private inner(element: XmlElement, isEvent: boolean): JsonObject {
    const { nodes, flows } = new ImportedContainer(this.tools, element, isEvent).graph();
    return { nodes, flows };
  }

  private activity(element: XmlElement, id: string): JsonObject {
    const { file, activities, expressions, lanes } = this.tools;
    const body = subProcessNames.has(element.name)
      ? { subProcess: this.subProcess(element, id) }
      : (activities.body(element, id, lanes.get(element.attributes.get('id') ?? '')) ?? {});
    file.attribute(element, 'isForCompensation');
    return { ...body, ...importLoop(file, expressions, element, id), ...this.defaultOf(element) };
  }

  private defaultOf(element: XmlElement): JsonObject {
    const { file, names } = this.tools;
    const reference = file.attribute(element, 'default');
    if (reference === undefined) return {};
    const id = names.flowOf(localPart(reference));
    if (id !== undefined) return { default: id };
    file.report.add('left out', element, 'the default flow is not in the file', { text: reference });
    return {};
  }

  private subProcess(element: XmlElement, id: string): JsonObject {
    const { file, activities } = this.tools;
    const isEvent = file.isTrue(element, 'triggeredByEvent');
    const { input, output } = activities.mappings(element, id);
    const variables = declaredVariables(file, element);
    const inner = this.inner(element, isEvent);
    if ((inner['nodes'] as Json[]).length === 0) {
      file.report.add('mapped', element, 'the sub-process is empty: a task that does nothing is put into it');
      inner['nodes'] = [{ id: this.tools.names.generated(`${id}.nothing`), task: {} }];
    }
    return {
      ...(element.name === 'transaction' ? { transaction: true } : {}),
      ...(element.name === 'adHocSubProcess' ? { adHoc: this.adHoc(element, id) } : {}),
      ...(isEvent ? { event: true } : {}),
      ...(Object.keys(variables).length === 0 ? {} : { variables }),
      ...(Object.keys(input).length === 0 ? {} : { input }),
      ...(Object.keys(output).length === 0 ? {} : { output }),
      ...inner,
    };
  }

  private adHoc(element: XmlElement, id: string): Json {
    const { file, expressions } = this.tools;
    const until = file.child(element, 'completionCondition');
    const active = file.extension(element, 'adHoc');
    const activate = active === undefined ? undefined : file.attribute(active, 'activeElementsCollection');
    const rule = {
      ...(activate === undefined ? {} : { activate: expressions.computed(activate, element, `${id}_activate`) }),
      ...(until === undefined || until.text === '' ? {} : { until: expressions.condition(until.text, until, `${id}_complete`) }),
      ...(file.attribute(element, 'ordering') === 'Sequential' ? { ordering: 'sequential' } : {}),
      ...(file.attribute(element, 'cancelRemainingInstances') === 'false' ? { cancelRemaining: false } : {}),
    };
    return Object.keys(rule).length === 0 ? true : rule;
  }

  private eventOrGateway(element: XmlElement, id: string): JsonObject {
    const { file, events } = this.tools;
    switch (element.name) {
      case 'startEvent':
        return { startEvent: this.start(element, id) };
      case 'endEvent':
        return { endEvent: { name: id, ...events.event(element, 'end', id) } };
      case 'intermediateThrowEvent':
        return this.throwing(element, id);
      case 'intermediateCatchEvent':
        return this.catching(element, id);
      case 'boundaryEvent':
        return { boundaryEvent: this.boundary(element, id) };
      case 'complexGateway': {
        const condition = file.child(element, 'activationCondition');
        if (condition !== undefined)
          file.report.add('left out', condition, 'when a complex gateway goes on is said by "need" and "of"', { text: condition.text });
        return { complexGateway: this.defaultOf(element) };
      }
      case 'eventBasedGateway':
        if (file.isTrue(element, 'instantiate')) {
          const remedy = 'draw a start event for each of its events';
          file.report.add('refused', element, 'a gateway that begins a case has no counterpart here', { remedy });
        }
        return { eventBasedGateway: {} };
      case 'parallelGateway':
        return { parallelGateway: {} };
      default:
        return { [element.name]: this.defaultOf(element) };
    }
  }

  private start(element: XmlElement, id: string): JsonObject {
    const { file, events } = this.tools;
    const event = events.event(element, 'start', id);
    const waits = file.attribute(element, 'isInterrupting') === 'false';
    file.vendor(element, 'initiator');
    const isOfSubProcess = subProcessNames.has(this.container.name) && !this.isEvent;
    if (isOfSubProcess && Object.keys(event).length > 0) {
      file.report.add('left out', element, 'a sub-process begins when it is reached: its start has no trigger', {
        text: Object.keys(event).join(),
      });
      return {};
    }
    const isOnly = this.container.children.filter(({ prefix, name }) => prefix === 'bpmn' && name === 'startEvent').length === 1;
    if (this.isEvent && isOnly && Object.keys(event).length === 0) {
      const condition = events.happens(element, id, 'the event sub-process does not say what begins it');
      return { condition, ...(waits ? { interrupting: false } : {}) };
    }
    return {
      ...event,
      ...this.brought(element, id, event),
      ...(this.isEvent && waits && event['error'] === undefined && event['compensation'] === undefined ? { interrupting: false } : {}),
    };
  }

  /** What an event sets when it happens, beside the codes that it gives to variables. */
  private brought(element: XmlElement, id: string, event: JsonObject): JsonObject {
    const output = { ...(event['output'] as JsonObject | undefined), ...this.tools.activities.outputs(element, id) };
    return Object.keys(output).length === 0 ? {} : { output };
  }

  private throwing(element: XmlElement, id: string): JsonObject {
    const event = this.tools.events.event(element, 'throw', id);
    const allowed = ['escalation', 'signal', 'message', 'compensation', 'link'];
    const [key] = Object.keys(event);
    const { output } = this.brought(element, id, event);
    // what throws nothing and sets variables is a script
    if (key === undefined && output !== undefined) return { scriptTask: { set: output } };
    if (key === undefined || allowed.includes(key)) return { throwEvent: event };
    this.tools.file.report.add('refused', element, `an event on the way throws no ${key}`, { remedy: 'throw it at an end event' });
    return { throwEvent: {} };
  }

  private catching(element: XmlElement, id: string): JsonObject {
    const event = this.tools.events.event(element, 'catch', id);
    if (['timer', 'message', 'signal', 'condition', 'link'].some((key) => event[key] !== undefined))
      return { catchEvent: { ...event, ...this.brought(element, id, event) } };
    const refused = Object.keys(event).length > 0;
    if (refused) this.tools.file.report.add('refused', element, `an event on the way waits for no ${Object.keys(event)[0]}`);
    return { catchEvent: { condition: this.tools.events.happens(element, id, 'the event does not say what it waits for') } };
  }

  private boundary(element: XmlElement, id: string): JsonObject {
    const { file, names, events } = this.tools;
    const host = file.attribute(element, 'attachedToRef');
    const attachedTo = host === undefined ? '' : names.of(localPart(host));
    const event = events.event(element, 'boundary', id);
    const waits = file.attribute(element, 'cancelActivity') === 'false';
    if (event['compensation'] !== undefined) return { attachedTo, compensation: { handler: this.handler(element, id) } };
    if (Object.keys(event).length === 0) {
      const condition = events.happens(element, id, 'the boundary event has no trigger');
      return { attachedTo, condition, ...(waits ? { interrupting: false } : {}) };
    }
    return {
      attachedTo,
      ...event,
      ...this.brought(element, id, event),
      ...(waits && event['error'] === undefined && event['cancel'] === undefined ? { interrupting: false } : {}),
    };
  }

  /** What undoes an activity is what an association leads to; in some models a flow does. */
  private handler(element: XmlElement, id: string): string {
    const { file, names } = this.tools;
    const own = element.attributes.get('id');
    for (let around: XmlElement | undefined = this.container; around !== undefined; around = file.parent(around)) {
      for (const association of around.children.filter((child) => isBpmn(child, 'association'))) {
        const ends = [association.attributes.get('sourceRef'), association.attributes.get('targetRef')];
        const other = ends.find((end) => end !== own);
        if (own === undefined || !ends.includes(own) || other === undefined) continue;
        if (!activityNames.has(file.referred(other)?.name ?? '')) continue;
        file.takeAll(association);
        return names.of(localPart(other));
      }
    }
    const flow = this.flows.find(({ from }) => from === id);
    if (flow !== undefined) {
      this.flows.splice(this.flows.indexOf(flow), 1);
      file.report.add('mapped', element, `the flow to "${flow.to}" is the association that says what undoes the activity`);
      return flow.to;
    }
    file.report.add('refused', element, 'nothing says what undoes the activity', { remedy: 'draw an association to what undoes it' });
    return id;
  }

  /** Conditions that the meaning of the model does not ask. */
  private dropWhatGatewaysIgnore(flows: GraphFlowDocument[]): void {
    const byId = new Map(this.nodes.map((node) => [node.id, node]));
    for (const flow of flows) {
      const from = byId.get(flow.from);
      if (from === undefined || flow['when'] === undefined) continue;
      const isDefault = Object.entries(from).some(([key, value]) =>
        key === 'default' ? value === flow.id : isMap(value) && value['default'] === flow.id,
      );
      if (!isDefault && !('parallelGateway' in from) && !('eventBasedGateway' in from)) continue;
      const at = this.elements.get(flow.id) ?? this.container;
      const why = isDefault ? 'the default flow is taken where no other is' : 'the gateway takes each of its flows';
      this.tools.file.report.add('left out', at, `the condition is never asked: ${why}`, { text: String(flow['when']) });
      delete flow['when'];
    }
  }
}

function replace(target: JsonObject, source: JsonObject, key: string): void {
  if (source[key] === undefined) delete target[key];
  else target[key] = source[key];
}

/** A new name in the language of the file; the other language keeps its own. */
function renamed(node: JsonObject, title: Json | undefined, lang: 'zh' | 'en'): void {
  const old = node['title'];
  if (title === undefined) delete node['title'];
  else node['title'] = isMap(old) ? { ...old, [lang]: title } : title;
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBpmn(element: XmlElement, name: string): boolean {
  return element.prefix === 'bpmn' && element.name === name;
}

/** The name of an element as a title: one line, without what could not be seen. */
export function titleOf(element: XmlElement): string | undefined {
  const name = (element.attributes.get('name') ?? '')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\ufffd]/gu, '')
    .trim()
    .slice(0, 200);
  return name === '' ? undefined : name;
}

/** The ids of the elements of one process, as documents may have them. */
export class ElementNames {
  private readonly nodes = new Map<string, string>();
  private readonly nameless = new Map<XmlElement, string>();
  private readonly flows = new Map<string, string>();
  private readonly taken = new Set<string>();
  private readonly takenByFlows = new Set<string>();

  constructor(process: XmlElement, file: BpmnFile) {
    const flows: XmlElement[] = [];
    const open = [...process.children].reverse();
    for (let element = open.pop(); element !== undefined; element = open.pop()) {
      if (element.prefix !== 'bpmn') continue;
      if (activityNames.has(element.name) || gatewayNames.has(element.name) || eventNames.has(element.name)) this.add(element, file);
      if (element.name === 'sequenceFlow') flows.push(element);
      if (subProcessNames.has(element.name)) open.push(...[...element.children].reverse());
    }
    for (const flow of flows) {
      const id = flow.attributes.get('id');
      if (id !== undefined && !this.flows.has(id))
        this.flows.set(id, free((originalId(flow) ?? id).slice(0, 240), new Set(this.flows.values())));
    }
  }

  /** The id of a node by that of its element; what is no node keeps its own. */
  of(id: string): string {
    return this.nodes.get(id) ?? id;
  }

  ofElement(element: XmlElement): string {
    return this.nameless.get(element) ?? this.of(element.attributes.get('id') ?? '');
  }

  flowOf(id: string): string | undefined {
    return this.flows.get(id);
  }

  /** The id of a flow, each time another one. */
  flow(id: string | undefined, otherwise: string): string {
    const wanted = id ?? otherwise;
    const name = free(wanted.slice(0, 240), this.takenByFlows);
    this.takenByFlows.add(name);
    return name;
  }

  generated(wanted: string): string {
    const id = free(graphId(wanted), this.taken);
    this.taken.add(id);
    return id;
  }

  private add(element: XmlElement, file: BpmnFile): void {
    const own = element.attributes.get('id');
    const id = this.generated(originalId(element) ?? element.name);
    if (own === undefined || this.nodes.has(own)) this.nameless.set(element, id);
    if (own !== undefined && !this.nodes.has(own)) this.nodes.set(own, id);
    if (own === undefined) file.report.add('mapped', element, `the element has no id: it is called "${id}"`);
    else if (own !== id && originalId(element) === own) file.report.mapped(element, `the id "${own}"`, `"${id}"`);
  }
}

function graphId(text: string): string {
  const id = text.replaceAll(/[^\p{L}\p{N}_.-]/gu, '_').slice(0, 110);
  return /^[\p{L}_]/u.test(id) ? id : `_${id}`;
}

function free(wanted: string, taken: ReadonlySet<string>): string {
  let id = wanted;
  for (let number = 2; taken.has(id); number++) id = `${wanted}_${number}`;
  return id;
}
