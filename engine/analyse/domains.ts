import type { CompiledForm } from '../compile/deployment';
import type { Expression } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { ProcessModel } from '../runtime/process-model';
import { type Read, readsOf } from './reads';
import { sampleOfSchema } from './samples';
import { conditionsOf, type Writer, writersOf } from './writers';

/** Ways to fill in one form that are told apart; beyond that conditions on its fields are taken both ways. */
const waysOfForm = 12;
/** Numbers up to which something that counts is followed. */
const countedTo = 12;

/**
 * What an analysis knows of the variables of a process: of which of them every value that conditions tell apart can be listed. A condition over
 * such ones alone is evaluated for what it is; any other one is taken both ways.
 */
export class Domains {
  readonly #writers: Map<string, Writer[]>;
  /** All that conditions and computations look at, by `name` or `name.member`. */
  readonly #looks = new Map<string, Read[]>();
  readonly #fields = new Map<JsonObject, Map<string, Json[]>>();
  /** Fields of forms that have too many values to list. */
  readonly #open = new Set<string>();
  readonly #known = new Map<string, boolean>();

  constructor(
    model: ProcessModel,
    readonly forms: ReadonlyMap<string, CompiledForm>,
    given: ReadonlySet<string>,
  ) {
    this.#writers = writersOf(model, forms);
    if (model.startForm !== undefined || model.triggeredStarts !== undefined) {
      for (const [name, declared] of Object.entries(model.variables)) {
        if (declared.default !== undefined && !this.#writers.has(name)) this.#writers.set(name, [{ kind: 'constant' }]);
      }
    }
    for (const name of given) this.#writers.set(name, [...(this.#writers.get(name) ?? []), { kind: 'outside', present: false }]);
    const computed = [...this.#writers.values()].flatMap((writers) =>
      writers.flatMap((writer) => (writer.kind === 'expression' ? [writer.expression] : [])),
    );
    for (const expression of [...conditionsOf(model).map(({ expression }) => expression), ...computed]) {
      for (const read of readsOf(expression).reads) {
        const key = keyOf(read);
        this.#looks.set(key, [...(this.#looks.get(key) ?? []), read]);
      }
    }
    for (const [name, writers] of this.#writers) for (const writer of writers) this.#listFields(name, writer);
  }

  /** True where every way in which the expression can turn out is found by the values that are listed. */
  determined(expression: Expression): boolean {
    const { reads, clock } = readsOf(expression);
    return !clock && reads.every((read) => this.#isKnown(read));
  }

  /** The data with which a form that is stored under a name is filled in, one for each way that is told apart. */
  waysOf(name: string | undefined, form: string | undefined): JsonObject[] {
    const compiled = form === undefined ? undefined : this.forms.get(form);
    if (compiled === undefined) return [{}];
    const base = sampleOfSchema(compiled.schema) as JsonObject;
    const listed = this.#fields.get(compiled.schema) ?? new Map<string, Json[]>();
    let ways: JsonObject[] = [base];
    for (const [field, values] of listed) {
      const key = name === undefined ? field : `${name}.${field}`;
      if (this.#open.has(key) || !this.#looks.has(key)) continue;
      ways = ways.flatMap((way) => values.map((value) => withField(way, field, value)));
    }
    return ways;
  }

  /** Something that counts: its numbers are told apart up to this one; undefined for all others. */
  ceilingOf(name: string): number | undefined {
    const counts = (this.#writers.get(name) ?? []).some((writer) => writer.kind === 'expression' && writer.expression.reads.includes(name));
    return counts ? this.#greatest(name) + 2 : undefined;
  }

  #greatest(name: string): number {
    const literals = (this.#looks.get(name) ?? []).flatMap((read) => read.literals ?? []);
    return Math.max(0, ...literals.map((literal) => (typeof literal === 'number' ? Math.abs(literal) : 0)));
  }

  #isKnown(read: Read): boolean {
    const key = `${keyOf(read)}${read.nullOnly ? '?' : ''}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // what depends on itself is known where everything else that it depends on is
    this.#known.set(key, true);
    const writers = this.#writers.get(read.name) ?? [];
    const result = writers.length > 0 && writers.every((writer) => this.#isListed(writer, read));
    this.#known.set(key, result);
    return result;
  }

  #isListed(writer: Writer, read: Read): boolean {
    if (writer.kind === 'constant') return true;
    if (writer.kind === 'outside') return read.nullOnly && read.member === undefined && writer.present;
    if (writer.kind === 'expression') {
      const counts = writer.expression.reads.includes(read.name);
      if (counts && (!this.#comparesNumbers(read.name) || this.#greatest(read.name) > countedTo)) return false;
      return this.determined(writer.expression);
    }
    if (read.member === undefined && writer.kind !== 'field') return read.nullOnly;
    if (read.member === 'outcome' && writer.kind === 'task' && writer.outcomes) return true;
    const field = read.member ?? read.name;
    return this.#fields.get(writer.schema)?.has(field) === true && !this.#open.has(keyOf(read));
  }

  #comparesNumbers(name: string): boolean {
    const others = (this.#looks.get(name) ?? []).filter((read) => read.literals === undefined && !read.nullOnly);
    const own = (this.#writers.get(name) ?? []).filter((writer) => writer.kind === 'expression' && writer.expression.reads.includes(name));
    return others.length <= own.length && (this.#looks.get(name) ?? []).some((read) => read.literals !== undefined);
  }

  #listFields(name: string, writer: Writer): void {
    if (writer.kind === 'outside' || writer.kind === 'expression' || writer.kind === 'constant') return;
    const fields = this.#fields.get(writer.schema) ?? new Map<string, Json[]>();
    this.#fields.set(writer.schema, fields);
    let ways = 1;
    const required = Array.isArray(writer.schema['required']) ? writer.schema['required'] : [];
    for (const [field, schema] of Object.entries((writer.schema['properties'] ?? {}) as JsonObject)) {
      const key = writer.kind === 'field' ? field : `${name}.${field}`;
      if (writer.kind === 'field' && field !== name) continue;
      const values = this.#valuesOf(key, schema as JsonObject, required.includes(field));
      if (values === undefined) continue;
      ways *= this.#looks.has(key) ? values.length : 1;
      if (ways > waysOfForm) this.#open.add(key);
      else fields.set(field, values);
    }
  }

  /** The values of a field that conditions tell apart; undefined where they cannot be listed. */
  #valuesOf(key: string, schema: JsonObject, required: boolean): Json[] | undefined {
    const looks = this.#looks.get(key) ?? [];
    const missing = required || !looks.some(({ nullOnly }) => nullOnly) ? [] : [null];
    if (schema['type'] === 'boolean') return [true, false, ...missing];
    if (Array.isArray(schema['enum'])) return schema['enum'].length > 6 ? undefined : [...schema['enum'], ...missing];
    if (looks.some(({ literals, nullOnly }) => literals === undefined && !nullOnly)) return undefined;
    const literals = looks.flatMap(({ literals: some }) => some ?? []);
    if (schema['type'] === 'string' && schema['format'] === undefined) {
      return [...new Set([sampleOfSchema(schema), ...literals.filter((one) => typeof one === 'string')]), ...missing];
    }
    const isMoney = schema['type'] === 'string' && schema['format'] === 'money';
    if (schema['type'] !== 'number' && schema['type'] !== 'integer' && !isMoney) {
      return literals.length > 0 ? undefined : [sampleOfSchema(schema), ...missing];
    }
    const numbers = literals.flatMap((one) => (typeof one === 'number' ? [one - 1, one, one + 1] : []));
    const allowed = [...new Set(numbers)].filter((one) => isWithin(one, schema));
    if (allowed.length === 0) return [sampleOfSchema(schema), ...missing];
    return [...allowed.map((one) => (isMoney ? one.toFixed(2) : one)), ...missing];
  }
}

function keyOf({ name, member }: { name: string; member?: string }): string {
  return member === undefined ? name : `${name}.${member}`;
}

function withField(data: JsonObject, field: string, value: Json): JsonObject {
  if (value !== null) return { ...data, [field]: value };
  const { [field]: _left, ...rest } = data;
  return rest;
}

function isWithin(value: number, schema: JsonObject): boolean {
  const at = (key: string, otherwise: number): number => (typeof schema[key] === 'number' ? schema[key] : otherwise);
  const step = at('multipleOf', schema['type'] === 'integer' ? 1 : 0);
  if (step > 0 && value % step !== 0) return false;
  if (value <= at('exclusiveMinimum', Number.NEGATIVE_INFINITY) || value >= at('exclusiveMaximum', Number.POSITIVE_INFINITY)) return false;
  return value >= at('minimum', Number.NEGATIVE_INFINITY) && value <= at('maximum', Number.POSITIVE_INFINITY);
}
