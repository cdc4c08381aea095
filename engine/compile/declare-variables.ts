import type { ValueType } from '../feel/expression';
import { valueTypeOf } from '../feel/value';
import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { VariableDeclaration } from '../runtime/process-model';
import { checkOwnValues, checkUserSchema } from './check-user-schema';
import { unknownRegister } from './compile-register';
import { connectorResultType } from './connector-uses';
import type { CompiledForm } from './deployment';
import type { ElementIndex } from './element-index';
import { compileLimits } from './limits';
import type { Report } from './report';
import { constraintOf } from './schema-constraint';
import type { Scope } from './scopes';
import { type Container, type Element, homeOf, listOf, mapOf, namesOf, textOf, variableOf } from './step-document';

const any: ValueType = { kind: 'any' };
const string: ValueType = { kind: 'string' };

/** What a task that several people sign gives besides. */
const signatures: ValueType = {
  kind: 'list',
  items: { kind: 'context', properties: { signer: string, by: string, outcome: string, data: any } },
};

/** Words that FEEL's grammar or the process itself takes. */
const reservedNames = new Set(
  'true false null if then else for in return some every satisfies and or not between function external instance of settings case item'.split(
    ' ',
  ),
);

/** What a step gives, and where the text says so. */
interface Gift {
  /** The map in which `result` may stand. */
  owner: JsonObject;
  path: Path;
  id: string;
  type: ValueType;
  /** Without `result` there is no variable. */
  onlyIfNamed?: true;
}

/** Types that a process may name, besides writing them out. */
export interface KnownTypes {
  forms: ReadonlyMap<string, CompiledForm>;
  /** The JSON Schema of a row of each register. */
  rows: ReadonlyMap<string, JsonObject>;
}

/** Declares the variables of a process and of its sub-processes: those under `variables`, those of starts, and the results of steps. */
export class VariableDeclarations {
  constructor(
    private readonly report: Report,
    private readonly known: KnownTypes,
    private readonly index: ElementIndex,
  ) {}

  declareAll(): void {
    const { root, elements } = this.index;
    const inner = elements.flatMap((element) => element.inner ?? []);
    for (const container of [root, ...inner]) this.declareVariables(container);
    for (const container of inner) this.declareInput(container);
    if (this.report.document.value['additionalVariables'] === true) root.scope.allowEveryName();
    listOf(this.report.document.value['start']).forEach((start, index) => {
      this.declareStart(mapOf(start), ['start', index], root.scope);
    });
    for (const element of elements) this.declareElement(element);
    this.checkCount();
  }

  private declareVariables({ path, scope }: Container): void {
    const at = [...path, 'variables'];
    for (const [name, schema] of Object.entries(mapOf(this.report.document.at(at)))) {
      this.checkName(name, [...at, name], 'key');
      checkUserSchema(mapOf(schema), [...at, name], this.report);
      const resolved = mapOf(this.resolve(schema, [...at, name]));
      const value = mapOf(schema)['default'];
      const personal = holdsPersonal(resolved) ? { personal: resolved } : {};
      checkOwnValues(mapOf(schema), resolved, [...at, name], this.report);
      this.checkRequired(resolved, name, [...at, name]);
      const initial = value === undefined ? {} : { default: value };
      scope.declare(name, { type: valueTypeOf(resolved), ...initial, ...personal, ...constrained(resolved) });
    }
  }

  /** A field that an object must have and cannot have would let no value fit. */
  private checkRequired(schema: JsonObject, name: string, path: Path): void {
    const { properties } = schema;
    if (properties === undefined || schema['additionalProperties'] === true) return;
    for (const field of listOf(schema['required'])) {
      if (Object.hasOwn(mapOf(properties), String(field))) continue;
      const message = `${quoted(name)} has no field ${quoted(String(field))}, which it requires`;
      const remedy = suggestion(String(field), Object.keys(mapOf(properties))) ?? 'add it under "properties", or delete it here';
      this.report.at([...path, 'required'], { rule: 'unknown-field', message, remedy });
    }
  }

  /** What a sub-process receives are variables of its own, whether it declares them or not. */
  private declareInput({ path, scope }: Container): void {
    const at = [...path, 'input'];
    for (const name of Object.keys(mapOf(this.report.document.at(at)))) {
      this.checkName(name, [...at, name], 'key');
      if (!scope.isOwnDeclaration(name)) scope.declare(name, { type: any });
    }
  }

  /** What a start gives to the process: one variable, or one for each field of its form. */
  private declareStart(start: JsonObject, path: Path, scope: Scope): void {
    const form = this.known.forms.get(String(start['form'] ?? ''));
    const type = form === undefined ? any : valueTypeOf(form.schema);
    const result = start['result'];
    if (typeof result === 'string') {
      this.checkName(result, [...path, 'result'], 'value');
      if (!scope.isOwnDeclaration(result)) scope.declare(result, { type, ...constrained(form?.schema ?? {}) });
      return;
    }
    for (const [name, field] of Object.entries(mapOf(form?.schema['properties']))) {
      this.checkName(name, [...path, 'form'], 'value');
      if (!scope.isOwnDeclaration(name)) scope.declare(name, { type: valueTypeOf(field), ...constrained(mapOf(field)) });
    }
  }

  private declareElement(element: Element): void {
    const { kind, value, path, container } = element;
    if (kind === 'startEvent' && container.variant === 'process') {
      this.declareStart(mapOf(value['startEvent']), [...path, 'startEvent'], container.scope);
      this.declareOutput([...path, kind, 'output'], container.scope, container.scope);
      return;
    }
    for (const [part, at] of eventsOf(element)) {
      const gift = eventGift(part, at, String(part['id']));
      if (gift !== undefined) this.addGift(gift, container.scope);
      this.declareOutput([...at, 'output'], element.outer, container.scope);
    }
    const gift = giftOf(element, this.known.rows);
    if (gift !== undefined) this.addGift(gift, homeOf(element));
    if (kind === 'userTask') this.addTaskGift(element);
    if (value['forEach'] !== undefined) this.declareLists(element);
    const isBeside = kind === 'message' || kind === 'signal' || kind === 'eventSubProcess';
    this.declareOutput([...path, ...(isBeside ? [] : [kind]), 'output'], namesOf(element), homeOf(element));
  }

  private addGift({ owner, path, id, type, onlyIfNamed }: Gift, scope: Scope): void {
    if (onlyIfNamed === true && owner['result'] === undefined) return;
    scope.addResult(this.resultName(owner, path, id), type);
  }

  private resultName(owner: JsonObject, path: Path, id: string): string {
    const explicit = textOf(owner['result']);
    const name = explicit ?? variableOf(id);
    this.checkName(name, explicit === undefined ? path : [...path, 'result'], 'value');
    return name;
  }

  private addTaskGift(element: Element): void {
    const task = mapOf(element.value['userTask']);
    const form = this.known.forms.get(String(task['form'] ?? ''));
    const written: ValueType =
      form !== undefined ? valueTypeOf(form.schema) : { kind: 'context', properties: {}, open: task['form'] !== undefined };
    const isSigned = task['signing'] !== undefined || task['mayAddSigners'] !== undefined;
    const members = { ...(task['outcomes'] === undefined ? {} : { outcome: string }), ...(isSigned ? { signatures } : {}) };
    const type = written.kind === 'context' ? { ...written, properties: { ...written.properties, ...members } } : written;
    homeOf(element).addResult(this.resultName(task, [...element.path, 'userTask'], element.id), type, members);
  }

  /** The lists that a repeated activity collects its values in. */
  private declareLists(element: Element): void {
    const path = [...element.path, 'forEach', 'collect'];
    for (const name of Object.keys(mapOf(this.report.document.at(path)))) {
      this.checkName(name, [...path, name], 'key');
      this.checkCollected(element, name, [...path, name]);
      if (!element.outer.isVariable(name)) element.container.scope.addResult(name, { kind: 'list', items: any });
    }
  }

  /** A list is collected from nothing, item by item. */
  private checkCollected(element: Element, name: string, path: Path): void {
    const least = element.outer.declarationOf(name)?.constraint?.minItems ?? 0;
    if (least === 0) return;
    const message = `${quoted(name)} is collected from nothing, item by item, and "minItems: ${least}" asks for more from the beginning`;
    this.report.at(
      path,
      { rule: 'collected-min-items', message, remedy: 'delete "minItems", and ask for the number after the step' },
      'key',
    );
  }

  private declareOutput(path: Path, names: Scope, home: Scope): void {
    for (const name of Object.keys(mapOf(this.report.document.at(path)))) {
      this.checkName(name, [...path, name], 'key');
      if (!names.isVariable(name)) home.addResult(name, any);
    }
  }

  private checkName(name: string, path: Path, part: 'key' | 'value'): void {
    if (!reservedNames.has(name)) return;
    const message = `${quoted(name)} cannot be the name of a variable`;
    this.report.at(path, { rule: 'reserved-name', message, remedy: 'choose another name' }, part);
  }

  private checkCount(): void {
    const scopes = [this.index.root.scope, ...this.index.elements.flatMap(({ loop, inner }) => [loop ?? [], inner?.scope ?? []].flat())];
    if (scopes.reduce((sum, scope) => sum + scope.size, 0) <= compileLimits.variables) return;
    const message = `the process has more than ${compileLimits.variables} variables`;
    this.report.at([], { rule: 'too-large', message, remedy: 'move a part into a process of its own' });
  }

  /** A schema with its references to forms replaced by their schemas. */
  private resolve(schema: Json, path: Path): Json {
    if (Array.isArray(schema)) return schema.map((item, index) => this.resolve(item, [...path, index]));
    if (schema === null || typeof schema !== 'object') return schema;
    const reference = schema['$ref'];
    if (typeof reference === 'string') return this.referred(reference, [...path, '$ref']);
    return Object.fromEntries(Object.entries(schema).map(([key, member]) => [key, this.resolve(member, [...path, key])]));
  }

  private referred(reference: string, path: Path): Json {
    const [kind, id = ''] = reference.split(':');
    if (kind === 'form') return this.formSchema(id, path);
    const row = this.known.rows.get(id);
    if (row !== undefined) return row;
    this.report.at(path, unknownRegister(id, this.known.rows.keys()));
    return {};
  }

  private formSchema(id: string, path: Path): Json {
    const form = this.known.forms.get(id);
    if (form !== undefined) return form.schema;
    this.report.at(path, unknownForm(id, this.known.forms));
    return {};
  }
}

function constrained(schema: JsonObject): Pick<VariableDeclaration, 'constraint'> {
  const constraint = constraintOf(schema);
  return constraint === undefined ? {} : { constraint };
}

/** Whether a schema marks anything in it as data about a person. */
function holdsPersonal(schema: Json): boolean {
  if (schema === null || typeof schema !== 'object') return false;
  if (Array.isArray(schema)) return schema.some(holdsPersonal);
  return schema['personal'] === true || Object.values(schema).some(holdsPersonal);
}

/** The complaint about a form that no document defines. */
export function unknownForm(id: string, forms: ReadonlyMap<string, CompiledForm>): { rule: string; message: string; remedy: string } {
  const remedy = suggestion(id, forms.keys()) ?? `write a document "form: ${id}"`;
  return { rule: 'unknown-form', message: `there is no form ${quoted(id)}`, remedy };
}

/** The events that stand inside a step: its boundary events, and the branches of an event-based one. */
function eventsOf({ value, path, kind }: Element): [JsonObject, Path][] {
  return ['boundary', ...(kind === 'eventBased' ? ['eventBased'] : [])].flatMap((key) =>
    listOf(value[key]).map((event, index): [JsonObject, Path] => [mapOf(event), [...path, key, index]]),
  );
}

/** What an event gives: a message and a signal their variables, an error or an escalation its code where `result` asks for it. */
function eventGift(owner: JsonObject, path: Path, id: string): Gift | undefined {
  if (owner['message'] !== undefined || owner['signal'] !== undefined) return { owner, path, id, type: any };
  const isRead = owner['output'] !== undefined && (owner['error'] !== undefined || owner['escalation'] !== undefined);
  return isRead ? { owner, path, id, type: any } : { owner, path, id, type: any, onlyIfNamed: true };
}

function giftOf({ kind, value, path, id }: Element, rows: KnownTypes['rows']): Gift | undefined {
  switch (kind) {
    case 'serviceTask': {
      const owner = mapOf(value[kind]);
      return { owner, path: [...path, kind], id, type: connectorResultType(owner, rows) };
    }
    case 'callActivity':
    case 'businessRuleTask':
    case 'receiveTask':
      return { owner: mapOf(value[kind]), path: [...path, kind], id, type: any };
    case 'message':
    case 'signal':
      return { owner: value, path, id, type: any };
    case 'eventSubProcess':
      return eventGift(value, path, id);
    case 'catchEvent':
    case 'boundaryEvent':
    case 'startEvent':
      return eventGift(mapOf(value[kind]), [...path, kind], id);
    default:
      return undefined;
  }
}
