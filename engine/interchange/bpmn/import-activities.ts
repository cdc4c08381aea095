import type { JsonObject } from '../../json';
import { type BpmnFile, localPart, textOf } from './bpmn-file';
import { opennessOf } from './import-calls';
import { attributeOf, type ImportedEvents } from './import-events';
import { type ImportedExpressions, variableName } from './import-expressions';
import type { ImportedPeople } from './import-people';
import { readScript } from './import-scripts';
import type { XmlElement } from './xml';

/** An activity of the graph notation without its id: its kind with what stands in it, and `retry`. */
type ActivityBody = JsonObject;

/** What calls between processes need to know of the file. */
export interface CalledProcesses {
  /** The id that a process of the file gets, or that a process elsewhere would have. */
  idOf(reference: string): string;
  isHere(reference: string): boolean;
}

/** What can set variables when it is done. */
const taking = new Set(['userTask', 'serviceTask', 'receiveTask', 'scriptTask', 'task']);

/** Turns the tasks and calls of a model into those of the language. */
export class ImportedActivities {
  constructor(
    private readonly file: BpmnFile,
    private readonly expressions: ImportedExpressions,
    private readonly events: ImportedEvents,
    private readonly people: ImportedPeople,
    private readonly called: CalledProcesses,
  ) {}

  body(element: XmlElement, owner: string, lane: string | undefined): ActivityBody | undefined {
    const body = this.withoutOutput(element, owner, lane);
    if (body === undefined || !taking.has(Object.keys(body)[0] ?? '')) return body;
    const output = this.outputs(element, owner);
    return isEmpty(output) ? body : withOutput(body, output);
  }

  private withoutOutput(element: XmlElement, owner: string, lane: string | undefined): ActivityBody | undefined {
    switch (element.name) {
      case 'userTask':
        return { userTask: this.people.userTask(element, owner, lane) };
      case 'task':
      case 'manualTask':
        return { task: {} };
      case 'scriptTask':
        return this.script(element, owner);
      case 'serviceTask':
        return this.service(element, owner);
      case 'businessRuleTask':
        return this.decision(element, owner);
      case 'sendTask':
        return this.send(element, owner);
      case 'receiveTask':
        return this.receive(element, owner);
      case 'callActivity':
        return this.call(element, owner);
      default:
        return undefined;
    }
  }

  private script(element: XmlElement, owner: string): ActivityBody {
    const { file } = this;
    const feel = file.extension(element, 'script');
    if (feel !== undefined) {
      const value = attributeOf(file, feel, 'expression')?.value ?? '';
      const variable = attributeOf(file, feel, 'resultVariable')?.value ?? owner;
      return { scriptTask: { set: { [variableName(variable)]: this.expressions.computed(value, feel, `${owner}_value`, 'feel') } } };
    }
    const script = file.child(element, 'script');
    const result = file.vendor(element, 'resultVariable')?.value;
    const text = script?.text ?? '';
    if (text === '' && file.vendor(element, 'resource') === undefined)
      return this.nothing(element, 'the script is empty: a task that does nothing');
    const value = result === undefined || text === '' ? undefined : this.expressions.silent(text);
    if (value !== undefined && result !== undefined) return this.sets(element, { [variableName(result)]: value }, text);
    const reading = text === '' ? undefined : readScript(text, this.expressions);
    if (reading === undefined) return this.placeholder(element, owner, 'script', 'the script', text, result);
    for (const statement of reading.quiet)
      file.report.add('left out', element, 'what a script prints has no counterpart here', { text: statement });
    if (Object.keys(reading.set).length === 0) return { task: {} };
    return this.sets(element, reading.set, text);
  }

  private sets(element: XmlElement, set: Record<string, string>, text: string): ActivityBody {
    this.file.report.add('translated', element, `the script sets ${Object.keys(set).join(', ')}`, { text });
    return { scriptTask: { set } };
  }

  private nothing(element: XmlElement, why: string): ActivityBody {
    this.file.report.add('mapped', element, why);
    return { task: {} };
  }

  private service(element: XmlElement, owner: string): ActivityBody {
    const { file } = this;
    const definition = file.extension(element, 'taskDefinition');
    const job = definition === undefined ? undefined : attributeOf(file, definition, 'type');
    const result = file.vendor(element, 'resultVariable', 'resultVariableName')?.value;
    if (file.vendor(element, 'triggerable')?.value === 'true') {
      file.report.add('mapped', element, `the task waits until it is triggered: it receives the message "${owner}"`);
      return { receiveTask: { message: { name: owner } } };
    }
    const expression = file.vendor(element, 'expression');
    if (expression !== undefined) {
      const computed = this.computed(element, expression.value, result);
      if (computed !== undefined) return computed;
    }
    const topic = file.vendor(element, 'topic');
    const carrier = file.vendor(element, 'class', 'delegateExpression') ?? topic ?? file.vendor(element, 'type') ?? job ?? expression;
    file.vendor(element, 'type');
    const operation = carrier ?? operationOf(file, element);
    if (operation === undefined) {
      file.report.add('placeholder', element, 'nothing says what the task does: it gives null', { remedy: 'name a connector' });
      return {
        serviceTask: { connector: 'system.noop', ...this.inputs(element, owner), ...resultOf(result) },
        ...this.retry(element, definition),
      };
    }
    const body = this.placeholder(element, owner, operation.value, `"${operation.key}"`, operation.value, result);
    return { ...body, ...this.retry(element, definition) };
  }

  /** A task that only evaluates an expression is a script. */
  private computed(element: XmlElement, text: string, result: string | undefined): ActivityBody | undefined {
    const value = result === undefined ? undefined : this.expressions.silent(text);
    if (value !== undefined && result !== undefined) return this.sets(element, { [variableName(result)]: value }, text);
    const inner = /^\s*[$#]\{([\s\S]*)\}\s*$/u.exec(text)?.[1];
    if (result === undefined && this.expressions.silent(text) !== undefined) {
      return this.nothing(element, 'the expression is evaluated for nothing: a task that does nothing');
    }
    const reading = inner === undefined ? undefined : readScript(inner.trim(), this.expressions);
    return reading === undefined || Object.keys(reading.set).length === 0 ? undefined : this.sets(element, reading.set, text);
  }

  /** A service task whose connector is still to be written. */
  private placeholder(element: XmlElement, owner: string, name: string, what: string, text: string, result?: string): ActivityBody {
    const connector = connectorNamed(name);
    const remedy = `write the connector "${connector}", or name another one`;
    this.file.report.add('placeholder', element, `${what} does not run here`, { text, remedy });
    return { serviceTask: { connector, ...this.inputs(element, owner), ...resultOf(result) } };
  }

  private decision(element: XmlElement, owner: string): ActivityBody {
    const { file } = this;
    const zeebe = file.extension(element, 'calledDecision');
    const of = (name: string) => (zeebe === undefined ? undefined : attributeOf(file, zeebe, name));
    const decision = of('decisionId') ?? file.vendor(element, 'decisionRef', 'decisionTableReferenceKey', 'decisionServiceReferenceKey');
    if (decision === undefined) return this.service(element, owner);
    const result = of('resultVariable')?.value ?? file.vendor(element, 'resultVariable')?.value;
    const id = kebab(decision.value);
    const connector = connectorNamed(`decide ${decision.value}`);
    const remedy = `write the document "decision: ${id}", and in place of "serviceTask" write "businessRuleTask: { decision: ${id} }"`;
    file.report.add('placeholder', element, `the decision is not in the file: the connector "${connector}" stands for it`, {
      text: decision.value,
      remedy,
    });
    return { serviceTask: { connector, ...this.inputs(element, owner), ...resultOf(result) } };
  }

  private send(element: XmlElement, owner: string): ActivityBody {
    const { file } = this;
    const reference = file.attribute(element, 'messageRef');
    const carrier = file.vendor(element, 'class', 'delegateExpression', 'expression', 'type', 'topic');
    if (reference === undefined && (carrier !== undefined || file.extensions(element, 'taskDefinition').length > 0))
      return this.service(element, owner);
    if (carrier !== undefined)
      file.report.add('left out', element, `"${carrier.key}" does not run here: the message is published`, { text: carrier.value });
    if (reference === undefined) return this.nothing(element, 'no message is named: a task that does nothing');
    return { sendTask: { message: this.events.outgoingMessage(reference, element, owner) } };
  }

  private receive(element: XmlElement, owner: string): ActivityBody {
    const { file } = this;
    const reference = file.attribute(element, 'messageRef');
    if (file.isTrue(element, 'instantiate')) {
      file.report.add('refused', element, 'a receive task that begins a case has no counterpart here', {
        remedy: 'draw a start event with the message',
      });
    }
    if (reference === undefined) file.report.add('mapped', element, `no message is named: it waits for "${owner}"`);
    return { receiveTask: { message: this.events.message(reference, element, owner) } };
  }

  private call(element: XmlElement, owner: string): ActivityBody {
    const { file } = this;
    const zeebe = file.extension(element, 'calledElement');
    const process =
      (zeebe === undefined ? undefined : attributeOf(file, zeebe, 'processId'))?.value ?? file.attribute(element, 'calledElement');
    const openness = opennessOf(file, element, zeebe);
    if (process === undefined) {
      file.report.add('placeholder', element, 'nothing says what is called: a task that does nothing', {
        remedy: 'name the process in "callActivity"',
      });
      return { task: {} };
    }
    if (/[$#]\{|^=/u.test(process)) {
      file.report.add('refused', element, 'the process that is called is computed, which it is not here', {
        text: process,
        remedy: 'name the process, or branch before the call',
      });
    } else if (!this.called.isHere(process)) {
      file.report.add('placeholder', element, `the process "${this.called.idOf(process)}" is not in this file`, {
        text: process,
        remedy: 'import its file into the same folder',
      });
    }
    const { input, output } = this.mappings(element, owner);
    const body: JsonObject = {
      process: this.called.idOf(process),
      ...openness,
      ...(isEmpty(input) ? {} : { input }),
      ...(isEmpty(output) ? {} : { output }),
    };
    return { callActivity: body };
  }

  /** What goes into a call or a sub-process and comes out of it. */
  mappings(element: XmlElement, owner: string): { input: JsonObject; output: JsonObject } {
    const input: JsonObject = {};
    const output: JsonObject = {};
    for (const mapping of this.file.extensions(element, 'in', 'out')) this.inOrOut(mapping, mapping.name === 'in' ? input : output, owner);
    this.associations(element, input, output, owner);
    for (const holder of this.file.extensions(element, 'ioMapping', 'inputOutput')) {
      this.file.take(holder);
      for (const mapping of holder.children) {
        const isInput = mapping.name === 'input' || mapping.name === 'inputParameter';
        if (isInput || mapping.name === 'output' || mapping.name === 'outputParameter')
          this.parameter(mapping, isInput ? input : output, owner);
      }
    }
    return { input, output };
  }

  /** Data associations of BPMN: a variable goes into a data input by its name, and a data output into a variable. */
  private associations(element: XmlElement, input: JsonObject, output: JsonObject, owner: string): void {
    const { file } = this;
    const names = new Map<string, string>();
    const specification = element.children.find(({ name }) => name === 'ioSpecification');
    for (const { name, attributes } of specification?.children ?? []) {
      const id = attributes.get('id');
      if ((name === 'dataInput' || name === 'dataOutput') && id !== undefined) names.set(id, attributes.get('name') ?? id);
    }
    let taken = false;
    for (const association of element.children.filter(({ name }) => name === 'dataInputAssociation' || name === 'dataOutputAssociation')) {
      const isInput = association.name === 'dataInputAssociation';
      const of = (end: string) => association.children.find(({ name }) => name === end)?.text;
      const [source, target] = [of('sourceRef'), of('targetRef')];
      const from = association.children.find(({ name }) => name === 'assignment')?.children.find(({ name }) => name === 'from')?.text;
      if (target === undefined || (source === undefined && from === undefined)) continue;
      const into = variableName(names.get(target) ?? target);
      const literal = from === undefined ? undefined : this.expressions.value(from, association, `${owner}_${into}`);
      const value = literal ?? `=${variableName((isInput ? source : names.get(source ?? '')) ?? source ?? '')}`;
      (isInput ? input : output)[into] = value;
      taken = true;
      file.takeAll(association);
    }
    if (taken && specification !== undefined) file.takeAll(specification);
  }

  private inOrOut(mapping: XmlElement, into: JsonObject, owner: string): void {
    const { file } = this;
    const target = mapping.attributes.get('target');
    const source = mapping.attributes.get('source');
    const computed = mapping.attributes.get('sourceExpression');
    if (target === undefined || (source === undefined && computed === undefined)) return;
    file.takeAll(mapping);
    const name = `${owner}_${target}`;
    // a source is the name of a variable; an expression without braces is a text
    into[variableName(target)] =
      computed === undefined ? this.expressions.computed(source ?? '', mapping, name) : this.expressions.value(computed, mapping, name);
  }

  private parameter(mapping: XmlElement, into: JsonObject, owner: string): void {
    const { file } = this;
    const target = mapping.attributes.get('target') ?? mapping.attributes.get('name');
    const source = mapping.attributes.get('source') ?? (mapping.children.length === 0 ? mapping.text : undefined);
    if (target === undefined || source === undefined) return;
    file.takeAll(mapping);
    into[variableName(target)] = this.expressions.value(source, mapping, `${owner}_${target}`);
  }

  /** What a task or an event sets when it is done. */
  outputs(element: XmlElement, owner: string): JsonObject {
    const output: JsonObject = {};
    for (const holder of this.file.extensions(element, 'ioMapping', 'inputOutput')) {
      this.file.take(holder);
      for (const mapping of holder.children) {
        if (mapping.name === 'output' || mapping.name === 'outputParameter') this.parameter(mapping, output, owner);
      }
    }
    return output;
  }

  /** What a connector is given. */
  private inputs(element: XmlElement, owner: string): JsonObject {
    const { file } = this;
    const input: JsonObject = {};
    for (const holder of file.extensions(element, 'ioMapping', 'inputOutput')) {
      file.take(holder);
      for (const mapping of holder.children) {
        if (mapping.name === 'input' || mapping.name === 'inputParameter') this.parameter(mapping, input, owner);
      }
    }
    for (const field of file.extensions(element, 'field')) {
      const name = field.attributes.get('name');
      const value = field.attributes.get('stringValue') ?? field.attributes.get('expression') ?? field.children[0]?.text;
      if (name === undefined || value === undefined) continue;
      file.takeAll(field);
      input[name] = this.expressions.value(value, field, `${owner}_${name}`);
    }
    return isEmpty(input) ? {} : { input };
  }

  private retry(element: XmlElement, definition: XmlElement | undefined): JsonObject {
    const { file } = this;
    const tries = definition === undefined ? undefined : attributeOf(file, definition, 'retries')?.value;
    const cycle = file.extension(element, 'failedJobRetryTimeCycle')?.text;
    const [, count, pause] = /^R(\d+)\/(P(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$/u.exec(cycle ?? '') ?? [];
    const attempts = Number(count ?? tries);
    if (!Number.isInteger(attempts) || attempts < 1 || attempts > 1000) return {};
    const isNone = pause !== undefined && !/[1-9]/u.test(pause);
    if (isNone) file.report.mapped(element, 'no pause between attempts', 'the shortest one, of a second');
    return { retry: { ...(pause === undefined ? {} : { initial: isNone ? 'PT1S' : pause, factor: 1 }), attempts } };
  }
}

/** A script sets what comes out of it as well, and so does what does nothing else. */
function withOutput(body: ActivityBody, output: JsonObject): ActivityBody {
  const [kind = 'task'] = Object.keys(body);
  const inside = (body[kind] ?? {}) as JsonObject;
  if (kind !== 'scriptTask' && kind !== 'task') return { ...body, [kind]: { ...inside, output } };
  return { scriptTask: { set: { ...(inside['set'] as JsonObject | undefined), ...output } } };
}

/** An operation of BPMN itself. */
function operationOf(file: BpmnFile, element: XmlElement): { key: string; value: string } | undefined {
  const reference = file.attribute(element, 'operationRef');
  const spiff = file.extension(element, 'serviceTaskOperator');
  if (spiff !== undefined) return { key: 'serviceTaskOperator', value: spiff.attributes.get('id') ?? textOf(spiff) };
  if (reference === undefined) return undefined;
  const operation = file.referred(reference);
  return { key: 'operationRef', value: operation?.attributes.get('name') ?? localPart(reference) };
}

function resultOf(result: string | undefined): JsonObject {
  return result === undefined ? {} : { result: variableName(result) };
}

function isEmpty(map: JsonObject): boolean {
  return Object.keys(map).length === 0;
}

/** `imported.` and a name in camel case of the last part of a class, a topic or a type. */
function connectorNamed(text: string): string {
  const last = /^[\w.$]+$/u.test(text) ? text.slice(text.lastIndexOf('.') + 1) : text;
  const words = last.match(/[A-Za-z0-9]+/gu) ?? [];
  const name = words
    .map((word, index) => (index === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
    .join('');
  return `imported.${/^[a-z]/u.test(name) ? name.slice(0, 60) : `task${name.slice(0, 55)}`}`;
}

/** An id of a document: lower-case letters, digits and hyphens. */
function kebab(text: string): string {
  const id = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '');
  return (/^[a-z]/u.test(id) ? id : `p-${id}`).slice(0, 60).replace(/-+$/u, '');
}
