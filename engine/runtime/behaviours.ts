import { decide } from '../decision/decide';
import type { JsonObject } from '../json';
import { callProcess } from './call';
import { invokeConnector } from './connector-job';
import { changed, type Draft, Stop } from './draft';
import { checkValue, hasTurnedTrue, inputOf, isTrue, scopeFor, valueIn } from './expressions';
import { completeActivity, consume, goOn, leave, setOutputs, terminate } from './flow';
import { complex, eventBased, exclusive, inclusive, parallel } from './gateways';
import type { Token } from './instance-state';
import { enterLoop } from './loops';
import { enterSection, sectionOf } from './mutex';
import type { ActivityNode, BusinessRuleTaskNode, Node, NodeKind, VariableDeclaration } from './process-model';
import { assign, declarationOf } from './scopes';
import { armListener, enterSubProcess } from './sub-process';
import { boundariesOf, publish, throwAt } from './throwing';
import { prepareTrigger } from './triggers';
import { openUserTask } from './user-task';

type NodeOf<K extends NodeKind> = Extract<Node, { kind: K }>;

/**
 * What happens when a token is executed at a node, by kind: the one place to add a node kind. A behaviour evaluates everything that can
 * fail before it writes, since a {@link Stop} leaves the token at the node to be executed again.
 */
const BEHAVIOURS: { [K in NodeKind]: (draft: Draft, token: Token, node: NodeOf<K>) => void } = {
  startEvent: (draft, token) => {
    setOutputs(draft, token);
    leave(draft, token);
  },

  boundaryEvent: (draft, token, node) => {
    setOutputs(draft, token);
    draft.record(token.scope, node.id, { type: 'elementCompleted', kind: node.kind });
    leave(draft, token);
  },

  endEvent: (draft, token, node) => {
    if (node.name !== '') draft.put('scopes', changed(draft.scope(token.scope), { end: node.name }));
    if (node.throws !== undefined) throwAt(draft, token, node.throws);
    else if (node.terminate !== false) terminate(draft, token, node);
    else consume(draft, token);
  },

  exclusiveGateway: exclusive,
  parallelGateway: parallel,
  inclusiveGateway: inclusive,
  complexGateway: complex,
  eventBasedGateway: eventBased,

  intermediateCatchEvent: (draft, token, node) => {
    const { trigger } = node;
    if (trigger.kind === 'link') return completeActivity(draft, token);
    if (trigger.kind === 'condition') {
      if (hasTurnedTrue(draft, token.scope, trigger.condition)) return completeActivity(draft, token);
      draft.change(token.id, { status: 'waiting' });
      return;
    }
    const arm = prepareTrigger(draft, token.id, trigger);
    arm();
    draft.change(token.id, { status: 'waiting' });
  },

  intermediateThrowEvent: (draft, token, node) => {
    if (node.throws === undefined) completeActivity(draft, token);
    else throwAt(draft, token, node.throws);
  },

  task: (draft, token) => completeActivity(draft, token),
  userTask: openUserTask,
  serviceTask: invokeConnector,

  scriptTask: (draft, token, node) => {
    const set: JsonObject = {};
    const declared: Record<string, VariableDeclaration> = {};
    for (const { variable, value } of node.set) {
      const declaration = declarationOf(draft, token.scope, variable);
      const given = valueIn(draft, token.scope, value, declaration?.type, set, declared);
      checkValue(draft, variable, given, declaration);
      set[variable] = given;
      if (declaration !== undefined) declared[variable] = declaration;
    }
    for (const [variable, value] of Object.entries(set)) assign(draft, token.scope, variable, value);
    completeActivity(draft, token);
  },

  businessRuleTask: decideAt,

  sendTask: (draft, token, node) => {
    publish(draft, token, node.message);
    completeActivity(draft, draft.living(token.id));
  },

  receiveTask: (draft, token, node) => {
    const arm = prepareTrigger(draft, token.id, { kind: 'message', message: node.message });
    draft.change(token.id, { status: 'waiting' });
    arm();
  },

  callActivity: callProcess,
  subProcess: enterSubProcess,
};

/** Executes a token at its node. At an activity its guards come first: milestone, critical section, repetition, boundary events. */
export function execute(draft: Draft, token: Token): void {
  if (token.left === true) return goOn(draft, token.id);
  if (token.listens === true) return armListener(draft, token);
  const node = draft.node(token);
  if ('boundary' in node && !pass(draft, token, node)) return;
  (BEHAVIOURS[node.kind] as (draft: Draft, token: Token, node: Node) => void)(draft, draft.living(token.id), node);
}

/** Lets a token into its activity; false where it waits, or where its instances do the work. */
function pass(draft: Draft, token: Token, node: ActivityNode): boolean {
  if (token.instance === true || token.detour !== undefined || token.undoes !== undefined) return true;
  if (token.entered !== true) {
    if (node.milestone !== undefined && !isTrue(draft, token.scope, node.milestone.condition)) {
      draft.change(token.id, { status: 'guarded' });
      return false;
    }
    const section = node.kind === 'userTask' ? undefined : sectionOf(draft, token);
    if (section !== undefined && !enterSection(draft, token, section)) {
      draft.change(token.id, { status: 'locked' });
      return false;
    }
    if (section !== undefined || node.milestone !== undefined) draft.change(token.id, { entered: true });
  }
  armBoundaries(draft, draft.living(token.id));
  if (node.loop === undefined) return true;
  enterLoop(draft, draft.living(token.id), node);
  return false;
}

/**
 * Arms the boundary events of an activity that is entered: timers run, messages and signals are subscribed, conditions are watched. Every
 * expression is evaluated before anything is written, so that one that fails leaves nothing half armed.
 */
function armBoundaries(draft: Draft, token: Token): void {
  const boundaries = boundariesOf(draft, token);
  if (token.armed || boundaries.length === 0) return;
  const effects = boundaries.map((boundary) => prepareTrigger(draft, token.id, boundary.trigger, boundary.id));
  draft.change(token.id, { armed: true });
  for (const effect of effects) effect();
}

/** The types that values have by their expressions, where those are known. */
function typesOf(input: BusinessRuleTaskNode['input']): Record<string, VariableDeclaration> {
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, source]) =>
      'type' in source && source.type !== undefined ? [[name, { type: source.type }]] : [],
    ),
  );
}

function decideAt(draft: Draft, token: Token, node: BusinessRuleTaskNode): void {
  const inputs = inputOf(draft, token.scope, node.input);
  const decision = decide(node.decision, scopeFor(draft, token.scope, inputs, typesOf(node.input)));
  if (!decision.ok) throw new Stop(decision.code, decision.message);
  assign(draft, token.scope, node.result, decision.value);
  for (const part of decision.parts ?? []) draft.record(token.scope, node.id, { type: 'decisionMade', inputs: {}, ...part });
  draft.record(token.scope, node.id, {
    type: 'decisionMade',
    decision: node.decision.id,
    inputs,
    rules: decision.matched,
    output: decision.value,
  });
  completeActivity(draft, token);
}
