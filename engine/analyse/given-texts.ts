import type { CompiledForm } from '../compile/deployment';
import type { DecisionTable } from '../decision/decision-table';
import { givesList } from '../decision/hits';
import type { Json, JsonObject } from '../json';
import type { Constraint } from '../runtime/constraint';
import type { Node, ProcessModel } from '../runtime/process-model';

/** Texts that something can be; undefined where it may be any. */
type Texts = ReadonlySet<string> | undefined;
/** What gives a variable a value, asked for the members into which one goes. */
type Source = (members: readonly string[]) => Texts;

const anything: Source = () => undefined;

/**
 * The texts that the variables of a process can be, as far as they can be listed: by the schema of a form or a variable, by the outputs of a decision, by
 * the ends of a called process, by what steps set.
 */
export class GivenTexts {
  readonly #sources = new Map<string, Source[]>();

  /**
   * @param given variables that a case may begin with, whatever their default
   * @param called the models of other processes by id; what calls give is not known without
   */
  constructor(
    private readonly model: ProcessModel,
    private readonly forms: ReadonlyMap<string, CompiledForm>,
    given: ReadonlySet<string>,
    private readonly called: (process: string) => ProcessModel | undefined = () => undefined,
  ) {
    this.#addStart();
    for (const node of Object.values(model.nodes)) this.#addNode(node);
    for (const name of given) this.#add(name, anything);
  }

  /** The texts that a name, or a member of it, can be; undefined where that is not known. */
  of([name = '', ...members]: readonly string[]): Texts {
    const declared = this.model.variables[name];
    const bySchema = declared?.constraint === undefined ? undefined : schemaTexts(declared.constraint, members);
    if (bySchema !== undefined) return bySchema;
    const sources = this.#sources.get(name) ?? [];
    if (sources.length === 0) return undefined;
    const all = new Set<string>(typeof declared?.default === 'string' && members.length === 0 ? [declared.default] : []);
    for (const source of sources) {
      const texts = source(members);
      if (texts === undefined) return undefined;
      for (const text of texts) all.add(text);
    }
    return all;
  }

  #add(name: string, source: Source): void {
    this.#sources.set(name, [...(this.#sources.get(name) ?? []), source]);
  }

  #addStart(): void {
    const { startForm } = this.model;
    const schema = this.forms.get(startForm?.form ?? '')?.schema;
    if (startForm === undefined || schema === undefined) return;
    if (startForm.result !== undefined) return this.#add(startForm.result, (members) => schemaTexts(schema, members));
    for (const field of Object.keys(objectOf(schema['properties'])))
      this.#add(field, (members) => schemaTexts(schema, [field, ...members]));
  }

  #addNode(node: Node): void {
    switch (node.kind) {
      case 'userTask': {
        const schema = this.forms.get(node.form ?? '')?.schema;
        // which outcomes there are, another rule says
        this.#add(node.result, (members) => (schema === undefined || members[0] === 'outcome' ? undefined : schemaTexts(schema, members)));
        break;
      }
      case 'businessRuleTask':
        this.#add(node.result, (members) => decisionTexts(node.decision, members));
        break;
      case 'callActivity':
        this.#add(node.result, (members) => (members.length === 1 && members[0] === 'end' ? this.#endsOf(node.process) : undefined));
        if (node.allVariables === 'out' || node.allVariables === 'both') {
          for (const name of Object.keys(this.model.variables)) this.#add(name, anything);
        }
        break;
      case 'scriptTask':
        for (const { variable, value } of node.set) this.#add(variable, computed(value.tree));
        break;
      case 'subProcess':
        for (const name of Object.keys(node.variables)) this.#add(name, anything);
        for (const name of Object.keys(node.input)) this.#add(name, anything);
        break;
      default:
        if ('result' in node && node.result !== undefined) this.#add(node.result, anything);
        if (node.kind === 'startEvent' && node.trigger !== undefined && node.result === undefined) {
          for (const name of Object.keys(this.model.variables)) this.#add(name, anything);
        }
    }
    if ('output' in node) for (const name of Object.keys(node.output ?? {})) this.#add(name, anything);
    if (!('boundary' in node)) return;
    if (node.loop?.kind !== 'multiInstance') return;
    for (const name of [node.loop.as, ...node.loop.collect.map(({ variable }) => variable)])
      if (name !== undefined) this.#add(name, anything);
  }

  #endsOf(process: string): Texts {
    const model = this.called(process);
    if (model === undefined || model.result !== undefined) return undefined;
    return new Set(Object.values(model.nodes).flatMap((node) => (node.kind === 'endEvent' && node.name !== '' ? [node.name] : [])));
  }
}

/** The texts that a decision gives, or a member of what it gives. */
export function decisionTexts(decision: DecisionTable, members: readonly string[]): Texts {
  const { context, outputs, rules, aggregation } = decision;
  if (context !== undefined || givesList(decision) || aggregation !== undefined) return undefined;
  const index = outputs.length === 1 ? 0 : outputs.findIndex(({ id }) => id === members[0]);
  if (index < 0 || members.length !== (outputs.length === 1 ? 0 : 1)) return undefined;
  const none = outputs[index]?.default;
  return union([...rules.map((rule) => rule.outputs[index]?.tree ?? null), ...(none === undefined ? [] : [none.tree])].map(constantTexts));
}

function computed(tree: Json): Source {
  return (members) => (members.length === 0 ? constantTexts(tree) : undefined);
}

/** The texts that an expression can give: a literal, or one of several. */
function constantTexts(tree: Json): Texts {
  if (typeof tree === 'string') return new Set([tree]);
  if (tree === null) return new Set();
  if (!Array.isArray(tree) || tree[0] !== 'if') return undefined;
  return union([constantTexts(tree[2] ?? null), constantTexts(tree[3] ?? null)]);
}

function union(all: readonly Texts[]): Texts {
  const texts = new Set<string>();
  for (const some of all) {
    if (some === undefined) return undefined;
    for (const text of some) texts.add(text);
  }
  return texts;
}

/** The texts that a schema allows at a member. */
function schemaTexts(schema: JsonObject | Constraint, [member, ...rest]: readonly string[]): Texts {
  if (member !== undefined) {
    const inner = objectOf(schema.properties as Json | undefined)[member];
    return inner === undefined ? undefined : schemaTexts(objectOf(inner), rest);
  }
  const listed = schema.enum as Json | undefined;
  const values = Array.isArray(listed) ? listed : schema.const === undefined ? undefined : [schema.const as Json];
  if (values === undefined || values.some((value) => value !== null && typeof value !== 'string')) return undefined;
  return new Set(values.flatMap((value) => (typeof value === 'string' ? [value] : [])));
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
