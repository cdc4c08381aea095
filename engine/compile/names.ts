import type { NameScope } from '../feel/compile';
import type { ValueType } from '../feel/expression';
import { valueTypeOf } from '../feel/value';
import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { VariableDeclaration } from '../runtime/process-model';
import type { CompiledForm } from './deployment';
import { compileLimits } from './limits';
import type { Report } from './report';
import { listOf, mapOf, type StepDocument } from './step-document';
import type { StepIndex } from './step-index';

const any: ValueType = { kind: 'any' };
const string: ValueType = { kind: 'string' };

/** What `case` is in an expression. */
const caseType: ValueType = {
  kind: 'context',
  properties: { key: string, businessKey: string, startedBy: string, startedAt: { kind: 'dateTime' } },
};

/** Words that FEEL's grammar or the process itself takes. */
const reservedNames = new Set(
  'true false null if then else for in return some every satisfies and or not between function external instance of settings case item'.split(
    ' ',
  ),
);

/** The variables of one process: declared ones, and the results of its start and its steps. */
export class ProcessVariables implements NameScope {
  private readonly declared = new Map<string, VariableDeclaration>();
  private readonly results = new Map<string, ValueType>();
  /** Results that more than one step writes. */
  private readonly shared = new Set<string>();

  constructor(
    private readonly report: Report,
    private readonly forms: ReadonlyMap<string, CompiledForm>,
    private readonly settingsType: ValueType,
    index: StepIndex,
  ) {
    this.declareVariables();
    this.declareStart();
    for (const entry of index.steps.values()) this.declareResult(entry.step, entry.path);
    if (this.declared.size + this.results.size > compileLimits.variables) {
      const message = `the process has more than ${compileLimits.variables} variables`;
      this.report.at([], { rule: 'too-large', message, remedy: 'move a part into a process of its own' });
    }
  }

  /** True for variables that `variables` or the start declares: those that a caller may set. */
  isDeclared(name: string): boolean {
    return this.declared.has(name);
  }

  declaredNames(): string[] {
    return [...this.declared.keys()];
  }

  has(name: string): boolean {
    return name === 'settings' || name === 'case' || this.isVariable(name);
  }

  isVariable(name: string): boolean {
    return this.declared.has(name) || this.results.has(name);
  }

  typeOf(name: string): ValueType | undefined {
    if (name === 'settings') return this.settingsType;
    if (name === 'case') return caseType;
    return this.declared.get(name)?.type ?? this.results.get(name);
  }

  list(): string[] {
    return [...new Set([...this.declared.keys(), ...this.results.keys(), 'settings', 'case'])];
  }

  /** Replaces the type of a result that nothing declares, once it is known. */
  refine(name: string, type: ValueType): void {
    if (!this.shared.has(name) && this.results.has(name)) this.results.set(name, type);
  }

  declarations(): Record<string, VariableDeclaration> {
    const implicit = [...this.results].filter(([name]) => !this.declared.has(name)).map(([name, type]) => [name, { type }] as const);
    return Object.fromEntries([...this.declared, ...implicit]);
  }

  private declareVariables(): void {
    for (const [name, schema] of Object.entries(mapOf(this.report.document.value['variables']))) {
      const path = ['variables', name];
      this.checkName(name, path, 'key');
      const resolved = mapOf(this.resolve(schema, path));
      const value = mapOf(schema)['default'];
      this.declared.set(name, { type: valueTypeOf(resolved), ...(value === undefined ? {} : { default: value }) });
    }
  }

  private declareStart(): void {
    const start = mapOf(listOf(this.report.document.value['start'])[0]);
    const form = this.forms.get(String(start['form'] ?? ''));
    if (form === undefined) return;
    const type = valueTypeOf(form.schema);
    const result = start['result'];
    if (typeof result === 'string') {
      this.checkName(result, ['start', 0, 'result'], 'value');
      if (!this.declared.has(result)) this.declared.set(result, { type });
      return;
    }
    for (const [name, field] of Object.entries(type.kind === 'context' ? type.properties : {})) {
      this.checkName(name, ['start', 0, 'form'], 'value');
      if (!this.declared.has(name)) this.declared.set(name, { type: field });
    }
  }

  private declareResult(step: StepDocument, path: Path): void {
    for (const [index, event] of listOf(step['boundary']).entries()) {
      if (mapOf(event)['message'] !== undefined) this.addResult(mapOf(event), [...path, 'boundary', index], any);
    }
    if (step['message'] !== undefined) this.addResult(step, path, any);
    for (const kind of ['serviceTask', 'callActivity'] as const) {
      if (step[kind] !== undefined) this.addResult({ id: step.id, ...mapOf(step[kind]) }, [...path, kind], any);
    }
    const task = mapOf(step['userTask']);
    if (step['userTask'] !== undefined) this.addTaskResult({ id: step.id, ...task }, [...path, 'userTask']);
  }

  private addTaskResult(task: JsonObject, path: Path): void {
    const form = this.forms.get(String(task['form'] ?? ''));
    const written: ValueType =
      form !== undefined ? valueTypeOf(form.schema) : { kind: 'context', properties: {}, open: task['form'] !== undefined };
    const outcome = task['outcomes'] !== undefined;
    this.addResult(task, path, outcome ? withOutcome(written) : written);
    const name = String(task['result'] ?? task['id']);
    const declared = this.declared.get(name);
    if (outcome && declared !== undefined) this.declared.set(name, { ...declared, type: withOutcome(declared.type) });
  }

  private addResult(owner: JsonObject, path: Path, type: ValueType): void {
    const explicit = typeof owner['result'] === 'string';
    const name = String(owner['result'] ?? owner['id']);
    this.checkName(name, explicit ? [...path, 'result'] : path, 'value');
    const known = this.results.get(name);
    if (known !== undefined) this.shared.add(name);
    this.results.set(name, known === undefined ? type : commonType(known, type));
  }

  private checkName(name: string, path: Path, part: 'key' | 'value'): void {
    if (!reservedNames.has(name)) return;
    const message = `${quoted(name)} cannot be the name of a variable`;
    this.report.at(path, { rule: 'reserved-name', message, remedy: 'choose another name' }, part);
  }

  /** A schema with its references to forms replaced by their schemas. */
  private resolve(schema: Json, path: Path): Json {
    if (Array.isArray(schema)) return schema.map((item, index) => this.resolve(item, [...path, index]));
    if (schema === null || typeof schema !== 'object') return schema;
    const reference = schema['$ref'];
    if (typeof reference === 'string') return this.formSchema(reference.slice('form:'.length), [...path, '$ref']);
    return Object.fromEntries(Object.entries(schema).map(([key, member]) => [key, this.resolve(member, [...path, key])]));
  }

  private formSchema(id: string, path: Path): Json {
    const form = this.forms.get(id);
    if (form !== undefined) return form.schema;
    this.report.at(path, unknownForm(id, this.forms));
    return {};
  }
}

/** The complaint about a form that no document defines. */
export function unknownForm(id: string, forms: ReadonlyMap<string, CompiledForm>): { rule: string; message: string; remedy: string } {
  const remedy = suggestion(id, forms.keys()) ?? `write a document "form: ${id}"`;
  return { rule: 'unknown-form', message: `there is no form ${quoted(id)}`, remedy };
}

function withOutcome(type: ValueType): ValueType {
  if (type.kind !== 'context') return type;
  return { ...type, properties: { ...type.properties, outcome: string } };
}

/** The type of a result that two steps write: what is known of it; nothing where they contradict each other. */
function commonType(a: ValueType, b: ValueType): ValueType {
  if (a.kind === 'any') return b;
  return b.kind === 'any' || JSON.stringify(a) === JSON.stringify(b) ? a : any;
}
