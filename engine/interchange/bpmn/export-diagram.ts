import type { Expression } from '../../feel/expression';
import type { JsonObject } from '../../json';
import type { EventTrigger, LocalizedText, Node, ProcessModel } from '../../runtime/process-model';

/** The languages in which a diagram can be labelled. */
export type Language = keyof LocalizedText;

/** What is drawn as a shape: a node of the model, or the event at an activity from which the association to its handler leads. */
export interface DiagramNode {
  id: string;
  kind: Node['kind'] | 'compensationEvent';
  /** Absent at a `compensationEvent`. */
  node?: Node;
  name: string;
  /** Who does it, what is called: a second line in small type. */
  detail: string;
  parent?: string;
  attachedTo?: string;
}

/** What is drawn as a line. */
export interface DiagramFlow {
  id: string;
  kind: 'flow' | 'association';
  from: string;
  to: string;
  name: string;
  isDefault: boolean;
  isConditional: boolean;
}

/** What a process shows, before it has a place on paper. Nodes and flows stand in the order of the model. */
export interface Diagram {
  title: string;
  nodes: DiagramNode[];
  flows: DiagramFlow[];
}

const longestCondition = 36;
/** Users that say something in few letters: a name, or where it stands. */
const simpleUser = /^"?([\w.@-]{1,40})"?$/u;

/** What is drawn of a model. `document` is where the titles of branches stand, which the model does not keep. */
export function diagramOf(model: ProcessModel, language: Language, document: JsonObject = {}): Diagram {
  const titles = branchTitles(document, language);
  const nodes = Object.values(model.nodes).flatMap((node) => [shapeOf(node, language), ...undoing(node)]);
  const flows = Object.values(model.flows).map((flow): DiagramFlow => {
    const from = model.nodes[flow.from];
    const isDefault = from !== undefined && 'defaultFlow' in from && from.defaultFlow === flow.id;
    const isConditional = flow.condition !== undefined && from !== undefined && 'boundary' in from;
    const name = titles.get(flow.id) ?? (isDefault ? '' : shortened(flow.condition?.text ?? ''));
    return { id: flow.id, kind: 'flow', from: flow.from, to: flow.to, name, isDefault, isConditional };
  });
  const associations = Object.values(model.nodes).flatMap((node): DiagramFlow[] =>
    'boundary' in node && node.compensation !== undefined
      ? [
          {
            id: `${node.id}.undoing`,
            kind: 'association',
            from: undoId(node.id),
            to: node.compensation,
            name: '',
            isDefault: false,
            isConditional: false,
          },
        ]
      : [],
  );
  return { title: model.title[language], nodes, flows: [...flows, ...associations] };
}

/** The id of the event at an activity from which the association to its handler leads. */
function undoId(activity: string): string {
  return `${activity}.undo`;
}

function undoing(node: Node): DiagramNode[] {
  if (!('boundary' in node) || node.compensation === undefined) return [];
  const at = node.parent === undefined ? {} : { parent: node.parent };
  return [{ id: undoId(node.id), kind: 'compensationEvent', name: '', detail: '', attachedTo: node.id, ...at }];
}

function shapeOf(node: Node, language: Language): DiagramNode {
  return {
    id: node.id,
    kind: node.kind,
    node,
    name: nameOf(node, language),
    detail: detailOf(node),
    ...(node.parent === undefined ? {} : { parent: node.parent }),
    ...(node.kind === 'boundaryEvent' ? { attachedTo: node.attachedTo } : {}),
  };
}

/** The title, else what tells it from others: ids that the compiler made tell nothing. */
function nameOf(node: Node, language: Language): string {
  if (node.title !== undefined) return node.title[language];
  if (node.kind === 'endEvent' && node.name !== '') return node.name;
  const isMade = node.id.includes('.') || node.kind === 'startEvent' || node.kind === 'endEvent';
  if (isMade && 'trigger' in node) return shortened(triggerText(node.trigger));
  return isMade || node.kind.endsWith('Gateway') ? '' : node.id;
}

/** What an event without a name of its own waits for. */
function triggerText(trigger: EventTrigger | undefined): string {
  switch (trigger?.kind) {
    case 'message':
      return textOf(trigger.message.name);
    case 'signal':
      return textOf(trigger.name);
    case 'condition':
      return trigger.condition.text;
    case 'error':
    case 'escalation':
      return trigger.code ?? '';
    case 'timer': {
      const { calendar: _, timezone: __, suspend: ___, ...when } = trigger.timer;
      const [value] = Object.values(when);
      return typeof value === 'object' ? (value as Expression).text : String(value);
    }
    default:
      return '';
  }
}

function textOf(name: string | Expression): string {
  return typeof name === 'string' ? name : name.text;
}

function detailOf(node: Node): string {
  switch (node.kind) {
    case 'userTask':
      return [...node.assign.roles, ...node.assign.users.flatMap(({ text }) => simpleUser.exec(text)?.[1] ?? [])].join(', ');
    case 'serviceTask':
      return node.connector;
    case 'callActivity':
      return node.process;
    case 'businessRuleTask':
      return node.decision.id === node.id ? '' : node.decision.id;
    default:
      return '';
  }
}

/** Of each branch with a title that title; of one without a title its id: the flow into it has the same one. */
function branchTitles(value: unknown, language: Language, found = new Map<string, string>()): Map<string, string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, inner] of Object.entries(value)) {
    if ((key === 'exclusive' || key === 'inclusive' || key === 'parallel') && Array.isArray(inner)) {
      for (const branch of inner as JsonObject[]) found.set(String(branch['id']), titleOf(branch, key, language));
    }
    branchTitles(inner, language, found);
  }
  return found;
}

function titleOf(branch: JsonObject, kind: string, language: Language): string {
  const { title } = branch;
  if (typeof title === 'string') return title;
  if (typeof title === 'object' && title !== null && !Array.isArray(title)) return String(title[language] ?? '');
  return kind === 'parallel' ? '' : String(branch['id']);
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  return line.length <= longestCondition ? line : `${line.slice(0, longestCondition - 1)}…`;
}
