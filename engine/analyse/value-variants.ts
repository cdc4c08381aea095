import type { CompiledDealership, CompiledForm } from '../compile/deployment';
import type { ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import { breach, type Constraint } from '../runtime/constraint';
import type { ProcessModel, VariableDeclaration } from '../runtime/process-model';
import { type Read, readsOf } from './reads';
import { sampleOf, sampleOfSchema } from './samples';
import { conditionsOf } from './writers';

/** Variants of one set of data that are tried, at most. */
const mostVariants = 48;
/** What numbers and amounts are tried beside those that conditions name. */
const numbers = [0, 1, 1_000_000];

/**
 * The values that are worth trying in a process: a sample of everything, and for each field that a condition or a computation names others, one field
 * at a time. `literals` are those with which it is compared anywhere.
 */
export class ValueVariants {
  readonly #literals = new Map<string, Set<string | number | boolean>>();

  constructor(models: readonly ProcessModel[]) {
    const expressions = models.flatMap((model) => [
      ...conditionsOf(model).map(({ expression }) => expression),
      ...Object.values(model.nodes).flatMap((node) => {
        if (node.kind === 'scriptTask') return node.set.map(({ value }) => value);
        return node.kind === 'businessRuleTask' ? node.decision.inputs.map(({ expression }) => expression) : [];
      }),
    ]);
    for (const expression of expressions) for (const read of readsOf(expression).reads) this.#note(read);
    for (const model of models)
      for (const node of Object.values(model.nodes)) if (node.kind === 'businessRuleTask') this.#noteRules(node.decision);
  }

  #note({ name, member, literals = [] }: Read): void {
    for (const key of [name, ...(member === undefined ? [] : [member])]) {
      const known = this.#literals.get(key) ?? new Set();
      for (const literal of literals) known.add(literal);
      this.#literals.set(key, known);
    }
  }

  /** Every literal of a decision table may be one that an input is tested with. */
  #noteRules({ inputs, rules }: { inputs: { id: string }[]; rules: { tests: ({ tree: Json } | null)[] }[] }): void {
    for (const { tests } of rules) {
      tests.forEach((test, index) => {
        const id = inputs[index]?.id ?? '';
        const last = id.split('.').at(-1) ?? id;
        for (const key of [id, last]) {
          const known = this.#literals.get(key) ?? new Set();
          for (const literal of literalsIn(test?.tree ?? null)) known.add(literal);
          this.#literals.set(key, known);
        }
      });
    }
  }

  /** Data that a form takes, the plain sample first. */
  ofForm(form: CompiledForm | undefined, user: string): JsonObject[] {
    if (form === undefined) return [{}];
    const base = sampleOfSchema(form.schema, user) as JsonObject;
    const required = Array.isArray(form.schema['required']) ? form.schema['required'] : [];
    const choices = Object.entries((form.schema['properties'] ?? {}) as JsonObject).map(([field, schema]): Choice => {
      const others = this.#ofSchema(field, schema as JsonObject);
      return [field, required.includes(field) || !this.#literals.has(field) ? others : [...others, undefined]];
    });
    return combined(base, choices);
  }

  /** Values of a variable, the plain sample first; `name` is what conditions call it. Those that its constraint refuses are left out. */
  ofVariable(name: string, { type, constraint }: Partial<VariableDeclaration> = {}): Json[] {
    const values = this.#ofType(name, type);
    if (constraint === undefined) return values;
    const sample = sampleOfSchema(constraint as JsonObject);
    const others = type?.kind === 'context' && isMap(sample) ? combined(sample, this.#choicesOf(type, constraint)) : values;
    return unique([sample, ...(constraint.enum ?? []), ...others]).filter((value) => breach(value, constraint, name) === undefined);
  }

  #choicesOf({ properties }: Extract<ValueType, { kind: 'context' }>, constraint: Constraint): Choice[] {
    return Object.entries(properties).map(([member, inner]) => [
      member,
      [...(constraint.properties?.[member]?.enum ?? []), ...this.#othersOf(member, inner, 1)],
    ]);
  }

  #ofType(name: string, type: ValueType | undefined): Json[] {
    if (type === undefined || type.kind === 'any') return unique([null, ...this.#looked(name), true, false, 1, {}]);
    return unique([sampleOf(type), ...this.#othersOf(name, type)]);
  }

  #ofSchema(field: string, schema: JsonObject): Json[] {
    if (Array.isArray(schema['enum'])) return schema['enum'];
    const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
    if (type === 'boolean') return [true, false];
    if (!this.#literals.has(field)) return [];
    if (type === 'number' || type === 'integer') return this.#numbersOf(field).filter((one) => type === 'number' || Number.isInteger(one));
    if (schema['format'] === 'money') return this.#numbersOf(field).map((one) => one.toFixed(2));
    return type === 'string' && schema['format'] === undefined ? this.#looked(field) : [];
  }

  #othersOf(name: string, type: ValueType, depth = 0): Json[] {
    if (depth > 3) return [];
    switch (type.kind) {
      case 'boolean':
        return [false];
      case 'number':
        return this.#numbersOf(name);
      case 'money':
        return this.#numbersOf(name).map((one) => one.toFixed(2));
      case 'string':
        return this.#looked(name);
      case 'list':
        return [[], [sampleOf(type.items), sampleOf(type.items)]];
      case 'context': {
        const base = sampleOf(type) as JsonObject;
        const choices = Object.entries(type.properties).map(
          ([member, inner]): Choice => [member, this.#othersOf(member, inner, depth + 1)],
        );
        return combined(base, choices).slice(1);
      }
      default:
        return [];
    }
  }

  #looked(name: string): string[] {
    return [...(this.#literals.get(name) ?? [])].filter((one) => typeof one === 'string');
  }

  #numbersOf(name: string): number[] {
    const literals = [...(this.#literals.get(name) ?? [])].flatMap((one) => (typeof one === 'number' ? [one - 1, one, one + 1] : []));
    return [...new Set([...literals, ...numbers])];
  }
}

function literalsIn(tree: Json): (string | number)[] {
  if (typeof tree === 'string') return [tree];
  if (!Array.isArray(tree)) return [];
  if (tree[0] === 'number' && typeof tree[1] === 'string') return [Number(tree[1])];
  return tree.slice(1).flatMap((part) => (Array.isArray(part) || typeof part === 'string' ? literalsIn(part) : []));
}

/** A member with other values than the sample's; undefined: without it. */
export type Choice = readonly [member: string, others: readonly (Json | undefined)[]];

/** The sample, then all others: each with each where they are few, else one member at a time, and the first others all at once. */
export function combined(base: JsonObject, choices: readonly Choice[]): JsonObject[] {
  const changing = choices.filter(([, others]) => others.length > 0);
  const all = changing.reduce((product, [, others]) => product * (others.length + 1), 1);
  if (all > mostVariants) {
    const single = changing.flatMap(([member, others]) => others.map((value) => changed(base, member, value)));
    return unique([base, changing.reduce((data, [member, [first]]) => changed(data, member, first), base), ...single]);
  }
  let found = [base];
  for (const [member, others] of changing)
    found = [...found, ...others.flatMap((value) => found.map((one) => changed(one, member, value)))];
  return unique(found);
}

function changed(data: JsonObject, member: string, value: Json | undefined): JsonObject {
  if (value !== undefined) return { ...data, [member]: value };
  const { [member]: _left, ...rest } = data;
  return rest;
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unique<T extends Json>(values: T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()].slice(0, mostVariants);
}

/** The first who is known to have one of the roles; `admin` where nobody has. */
export function firstOf(dealership: CompiledDealership, roles: readonly string[]): string {
  return roles.flatMap((role) => dealership.roles[role] ?? [])[0] ?? dealership.roles['admin']?.[0] ?? `admin@${dealership.id}`;
}
