import type { Expression, ValueType } from '../../feel/expression';
import type { Json, JsonObject } from '../../json';
import type {
  CallActivityNode,
  EventTrigger,
  LocalizedText,
  LoopRule,
  Node,
  OutgoingMessage,
  ProcessModel,
  StartForm,
  SubProcessNode,
  ThrowRule,
  TimerRule,
  VariableDeclaration,
} from '../../runtime/process-model';
import { userTaskBody } from './export-user-task';

type Of<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>;
type Value = Expression | { literal: Json };

/** A document in the graph notation that compiles into the model again, without its nodes and flows. */
export function headOf(model: ProcessModel): JsonObject {
  return {
    process: model.id,
    title: titleText(model.title),
    ...present('key', model.businessKey, expressionText),
    ...(model.additionalVariables === true ? { additionalVariables: true } : {}),
    ...variablesOf(model.variables),
    ...present('result', model.result, expressionText),
  };
}

/** A node as the graph notation has it, without `id` and `in`: it compiles into the node again. `form` is that of the process's own start. */
export function nodeDocument(node: Node, form: StartForm | undefined): JsonObject {
  const title = node.title === undefined ? {} : { title: titleText(node.title) };
  if (!('boundary' in node)) return { ...title, ...eventOrGateway(node, form) };
  return {
    ...title,
    ...activity(node),
    ...present('forEach', node.loop?.kind === 'multiInstance' ? node.loop : undefined, forEachOf),
    ...present('repeat', node.loop?.kind === 'standard' ? node.loop : undefined, repeatOf),
    ...present('mutex', node.mutex),
    ...present('cancels', node.cancels),
    ...present('milestone', node.milestone, ({ condition, lost }) => ({ while: expressionText(condition), lost })),
    ...present('default', node.defaultFlow),
  };
}

/** A title as documents write it. */
export function titleText({ zh, en }: LocalizedText): Json {
  return zh === en ? zh : { zh, en };
}

/** FEEL as documents write it. */
export function expressionText({ text }: Expression): string {
  return `=${text}`;
}

function eventOrGateway(node: Exclude<Node, { boundary: string[] }>, form: StartForm | undefined): JsonObject {
  switch (node.kind) {
    case 'startEvent':
      return { startEvent: startOf(node, form) };
    case 'endEvent':
      return {
        endEvent: {
          ...(node.name === '' ? {} : { name: node.name }),
          ...(node.terminate === false ? {} : { terminate: node.terminate }),
          ...thrown(node),
        },
      };
    case 'intermediateCatchEvent':
      return {
        catchEvent: { ...triggerOf(node.trigger, 'case.businessKey'), ...outputOf(node), ...resultOf(node, eventGives(node.trigger)) },
      };
    case 'intermediateThrowEvent':
      return { throwEvent: thrown(node) };
    case 'boundaryEvent':
      return {
        boundaryEvent: {
          attachedTo: node.attachedTo,
          ...triggerOf(node.trigger, 'case.businessKey'),
          ...(node.interrupting ? {} : { interrupting: false }),
          ...outputOf(node),
          ...resultOf(node, eventGives(node.trigger)),
        },
      };
    case 'complexGateway':
      return { complexGateway: { need: node.need, of: node.of, rest: node.rest, ...present('default', node.defaultFlow) } };
    case 'exclusiveGateway':
    case 'inclusiveGateway':
      return { [node.kind]: present('default', node.defaultFlow) };
    default:
      return { [node.kind]: {} };
  }
}

function startOf(node: Of<'startEvent'>, form: StartForm | undefined): JsonObject {
  if (node.trigger === undefined) {
    // a sub-process begins without a form
    return form === undefined || node.parent !== undefined ? {} : { form: form.form, roles: form.roles, ...present('result', form.result) };
  }
  const ofProcess = node.parent === undefined;
  return {
    ...triggerOf(node.trigger, ofProcess ? 'null' : 'case.businessKey'),
    ...(node.interrupting === false ? { interrupting: false } : {}),
    ...outputOf(node),
    ...resultOf(node, !ofProcess && eventGives(node.trigger)),
  };
}

/** True where an event gives its variable without being told to. */
function eventGives({ kind }: EventTrigger): boolean {
  return kind === 'message' || kind === 'signal';
}

/** `usual`: it has a result of its own id where nothing else is said. */
function resultOf({ id, result }: { id: string; result?: string }, usual: boolean): JsonObject {
  return result === undefined || (usual && result === id.replaceAll(/[.-]/gu, '_')) ? {} : { result };
}

function triggerOf(trigger: EventTrigger, usualKey: string): JsonObject {
  switch (trigger.kind) {
    case 'timer':
      return { timer: timerOf(trigger.timer) };
    case 'message': {
      const { name, key } = trigger.message;
      return { message: { name: textOf(name), ...(key.text === usualKey ? {} : { key: expressionText(key) }) } };
    }
    case 'condition':
      return { condition: expressionText(trigger.condition) };
    case 'signal':
      return { signal: textOf(trigger.name) };
    case 'link':
      return { link: trigger.name };
    case 'error':
    case 'escalation':
      return { [trigger.kind]: present('code', trigger.code) };
    default:
      return { [trigger.kind]: true };
  }
}

function thrown({ throws }: { throws?: ThrowRule }): JsonObject {
  switch (throws?.kind) {
    case undefined:
      return {};
    case 'error':
      return { error: { code: textOf(throws.code), ...present('message', throws.message, expressionText) } };
    case 'escalation':
      return { escalation: { code: textOf(throws.code) } };
    case 'signal':
      return { signal: { name: textOf(throws.name), variables: valuesOf(throws.variables) } };
    case 'message':
      return { message: outgoing(throws.message) };
    case 'compensation':
      return { compensation: throws.activity ?? true };
    case 'link':
      return { link: throws.name };
    case 'cancel':
      return { cancel: true };
  }
}

function outgoing({ name, key, variables, timeToLive }: OutgoingMessage): JsonObject {
  return {
    name: textOf(name),
    ...(key.text === 'case.businessKey' ? {} : { key: expressionText(key) }),
    ...(Object.keys(variables).length === 0 ? {} : { variables: valuesOf(variables) }),
    ...(timeToLive === 'PT0S' ? {} : { timeToLive }),
  };
}

/** A timer as documents write it. */
export function timerOf(rule: TimerRule): JsonObject {
  const { calendar, timezone, suspend, ...when } = rule;
  const [[key, value] = ['after', '']] = Object.entries(when);
  const text = typeof value === 'object' ? expressionText(value as Expression) : (value as string | number);
  return {
    ...(key === 'businessDays' ? { after: { businessDays: text } } : { [key]: text }),
    ...present('calendar', calendar),
    ...present('timezone', timezone),
    ...present('suspend', suspend),
  };
}

function activity(node: Extract<Node, { boundary: string[] }>): JsonObject {
  switch (node.kind) {
    case 'userTask':
      return { userTask: { ...userTaskBody(node), ...outputOf(node) } };
    case 'serviceTask': {
      const { attempt, total, heartbeat } = node.timeout;
      const usual = attempt === 'PT30S' && total === 'P1D' && heartbeat === undefined;
      const { initial, factor, max, attempts } = node.retry;
      return {
        serviceTask: {
          connector: node.connector,
          ...inputOf(node),
          ...outputOf(node),
          ...resultOf(node, true),
          ...(usual ? {} : { timeout: { attempt, total, ...present('heartbeat', heartbeat) } }),
        },
        ...(initial === 'PT1S' && factor === 2 && max === 'PT1M' && attempts === 10 ? {} : { retry: { initial, factor, max, attempts } }),
      };
    }
    case 'scriptTask':
      return { scriptTask: { set: Object.fromEntries(node.set.map(({ variable, value }) => [variable, expressionText(value)])) } };
    case 'businessRuleTask':
      return { businessRuleTask: { decision: node.decision.id, ...inputOf(node), ...outputOf(node), ...resultOf(node, true) } };
    case 'sendTask':
      return { sendTask: { message: outgoing(node.message) } };
    case 'receiveTask':
      return {
        receiveTask: {
          ...triggerOf({ kind: 'message', message: node.message }, 'case.businessKey'),
          ...outputOf(node),
          ...resultOf(node, true),
        },
      };
    case 'callActivity':
      return { callActivity: callOf(node) };
    case 'subProcess':
      return { subProcess: subProcessOf(node) };
    case 'task':
      return { task: {} };
  }
}

function callOf(node: CallActivityNode): JsonObject {
  const { binding } = node;
  const version = binding?.kind === 'deployment' ? 'deployment' : binding?.kind === 'version' ? binding.version : undefined;
  return {
    process: node.process,
    ...present('version', version),
    ...(node.detached === true ? { detached: true } : {}),
    ...present('allVariables', node.allVariables),
    ...inputOf(node),
    ...outputOf(node),
    ...resultOf(node, true),
  };
}

function subProcessOf(node: SubProcessNode): JsonObject {
  const rule = node.adHoc;
  return {
    ...variablesOf(node.variables),
    ...inputOf(node),
    ...outputOf(node),
    ...(node.variant === 'transaction' ? { transaction: true } : {}),
    ...(node.variant === 'event' ? { event: true } : {}),
    ...present('adHoc', rule, ({ activate, ordering, until, cancelRemaining }) => ({
      activate: typeof activate === 'string' ? activate : expressionText(activate),
      ...(ordering === 'sequential' ? { ordering } : {}),
      ...present('until', until, expressionText),
      ...(cancelRemaining ? {} : { cancelRemaining }),
    })),
  };
}

function inputOf({ input }: { input: Record<string, Value> }): JsonObject {
  return Object.keys(input).length === 0 ? {} : { input: valuesOf(input) };
}

function outputOf({ output }: { output?: Record<string, Expression> }): JsonObject {
  return output === undefined ? {} : { output: valuesOf(output) };
}

function forEachOf(rule: Extract<LoopRule, { kind: 'multiInstance' }>): JsonObject {
  return {
    ...present('in', rule.collection, expressionText),
    ...present('count', rule.count, countText),
    ...present('as', rule.as),
    ...(rule.mode === 'sequential' ? { mode: 'sequential' } : {}),
    ...present('until', rule.until, expressionText),
    ...(rule.rest === 'ignore' ? { rest: 'ignore' } : {}),
    ...(rule.collect.length === 0
      ? {}
      : { collect: Object.fromEntries(rule.collect.map(({ variable, value }) => [variable, expressionText(value)])) }),
  };
}

function countText(count: Expression): Json {
  return /^\d{1,4}$/u.test(count.text) ? Number(count.text) : expressionText(count);
}

function repeatOf({ condition, test, maximum }: Extract<LoopRule, { kind: 'standard' }>): JsonObject {
  return { while: expressionText(condition), test, max: maximum };
}

function valuesOf(values: Record<string, Value>): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, 'literal' in value ? value.literal : expressionText(value)]),
  );
}

function textOf(value: string | Expression): string {
  return typeof value === 'string' ? value : expressionText(value);
}

function variablesOf(variables: Record<string, VariableDeclaration>): JsonObject {
  const entries = Object.entries(variables);
  if (entries.length === 0) return {};
  return {
    variables: Object.fromEntries(
      entries.map(([name, { type, personal, default: value }]) => [
        name,
        { ...(personal ?? schemaOf(type)), ...(value === undefined ? {} : { default: value }) },
      ]),
    ),
  };
}

/** The JSON Schema that gives a type. */
function schemaOf(type: ValueType): JsonObject {
  switch (type.kind) {
    case 'any':
      return {};
    case 'list':
      return { type: 'array', items: schemaOf(type.items) };
    case 'context': {
      const properties = Object.fromEntries(Object.entries(type.properties).map(([name, member]) => [name, schemaOf(member)]));
      if (type.open !== true) return { type: 'object', properties };
      return { type: 'object', ...(Object.keys(properties).length === 0 ? {} : { properties, additionalProperties: true }) };
    }
    case 'string':
    case 'number':
    case 'boolean':
      return { type: type.kind };
    default:
      return { type: 'string', format: type.kind === 'dateTime' ? 'date-time' : type.kind };
  }
}

/** A key with its value, where there is one. */
export function present<T>(key: string, value: T | undefined, written: (value: T) => Json = (given) => given as Json): JsonObject {
  return value === undefined ? {} : { [key]: written(value) };
}
