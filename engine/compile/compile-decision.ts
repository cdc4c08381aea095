import type { Aggregation, DecisionEntry, DecisionOutput, DecisionTable, HitPolicy } from '../decision/decision-table';
import { givesList } from '../decision/hits';
import { compileExpression, type NameScope } from '../feel/compile';
import type { Expression, ValueType } from '../feel/expression';
import type { ExpressionProblem } from '../feel/syntax';
import { compileUnaryTests } from '../feel/unary-tests';
import { kindNames } from '../feel/value';
import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { misreadCell, problemsOfCell, valueAsCondition } from './cell-traps';
import { reportCoverage } from './decision-coverage';
import { ExpressionCompiler, feelText } from './expressions';
import type { Report } from './report';
import { listOf, mapOf, textOf } from './step-document';

/** Any name, of any type: a document does not know which process asks it. */
const anyName: NameScope = { has: () => true, typeOf: () => ({ kind: 'any' }) };

/** Stands for an expression that has findings: nothing of it will run. */
const never: Expression = { text: '', tree: null, reads: [] };

/** How many decisions one may need, those that they need among them. */
const mostRequired = 100;

/** A decision that another needs: the name that its result is read by, its type, and the decision with all that it needs itself. */
export type RequiredDecision = NonNullable<DecisionTable['requires']>[number];

/**
 * Compiles a decision: that of a `decision` document (`path` is `[]`, `id` the document's), or a table that stands inline in a
 * `businessRuleTask` (`path` leads to the map with `hitPolicy`, `inputs`, `outputs`, `rules`; `id` is the step's).
 *
 * `names` is what the inputs may read. Inline it is what the step's `input` gives, or the process's names where it has none. Without it (a
 * document) inputs read any name: `namesWanted` then tells what the step's `input` has to give. `required` are the decisions that the document
 * needs, compiled before. The decision is meaningless where there are findings.
 */
export function compileDecision(
  report: Report,
  path: Path,
  id: string,
  names?: NameScope,
  required: RequiredDecision[] = [],
): DecisionTable {
  const scope = withNames(names, new Map(required.map(({ name, type }) => [name, type])));
  const boxed = report.document.at([...path, 'context']) !== undefined;
  const decision = boxed ? compileContext(report, path, id, scope) : new TableCompiler(report, path, scope).compile(id);
  if (required.length === 0) return decision;
  const requires = flattened(required);
  if (requires.length > mostRequired) {
    const message = `the decision needs ${requires.length} others, more than ${mostRequired}`;
    report.at([...path, 'requires'], { rule: 'too-large', message, remedy: 'give it their results as inputs' });
  }
  return { ...decision, requires };
}

/** All that is needed, each once and before its readers. */
function flattened(required: RequiredDecision[]): RequiredDecision[] {
  const all = new Map<string, RequiredDecision>();
  for (const { name, type, decision } of required) {
    const { requires, ...alone } = decision;
    for (const inner of requires ?? []) all.set(inner.name, inner);
    all.set(name, { name, type, decision: alone });
  }
  return [...all.values()];
}

/** More names, of the given types, before those that there are. */
function withNames(names: NameScope | undefined, more: ReadonlyMap<string, ValueType>): NameScope | undefined {
  if (more.size === 0) return names;
  return {
    has: (name) => more.has(name) || (names ?? anyName).has(name),
    typeOf: (name) => more.get(name) ?? (names ?? anyName).typeOf(name),
    list: () => [...more.keys(), ...(names?.list?.() ?? [])],
  };
}

/** A boxed context: each entry sees those before it. */
function compileContext(report: Report, path: Path, id: string, outer: NameScope | undefined): DecisionTable {
  const known = new Map<string, ValueType>();
  const written = listOf(report.document.at([...path, 'context']));
  for (const key of ['inputs', 'outputs', 'rules', 'hitPolicy', 'aggregation']) {
    if (report.document.at([...path, key]) === undefined) continue;
    const message = `${quoted(key)} cannot stand beside "context"`;
    report.at(
      [...path, key],
      { rule: 'misplaced-key', message, remedy: 'put the table into an entry: "- { id: ..., table: { ... } }"' },
      'key',
    );
  }
  const entries = written.map((value, index): DecisionEntry => {
    const at: Path = [...path, 'context', index];
    const entry = compileEntry(report, at, mapOf(value), id, withNames(outer, known));
    if (entry.id === null && index < written.length - 1) {
      report.at(at, {
        rule: 'entry-without-id',
        message: 'an entry that others follow has no id',
        remedy: 'give it one: only the last, the result, may have none',
      });
    }
    if (entry.id !== null && known.has(entry.id)) {
      report.at([...at, 'id'], {
        rule: 'duplicate-id',
        message: `${quoted(entry.id)} stands here twice`,
        remedy: 'give each entry an id of its own',
      });
    }
    if (entry.id !== null) known.set(entry.id, entry.type);
    return entry;
  });
  return { id, hitPolicy: 'UNIQUE', inputs: [], outputs: [], rules: [], context: entries };
}

function compileEntry(report: Report, at: Path, entry: JsonObject, decision: string, names: NameScope | undefined): DecisionEntry {
  const id = textOf(entry['id']) ?? null;
  if (entry['table'] !== undefined) {
    const table = new TableCompiler(report, [...at, 'table'], names).compile(`${decision}.${id ?? 'result'}`);
    return { id, type: decisionType(table), value: table };
  }
  const compiled = new ExpressionCompiler(report, names ?? anyName).typedAt([...at, 'expression']);
  const type = entry['type'] === undefined ? (compiled?.type ?? { kind: 'any' }) : columnType(entry);
  return { id, type, value: compiled?.expression ?? never };
}

/** The names that a decision reads from its surroundings, sorted: what a `businessRuleTask` has to give as `input`. */
export function namesWanted(decision: DecisionTable): string[] {
  const wanted = new Set<string>();
  const given = new Set<string>();
  for (const { name, decision: needed } of decision.requires ?? []) {
    for (const read of namesRead(needed)) if (!given.has(read)) wanted.add(read);
    given.add(name);
  }
  for (const read of namesRead(decision)) if (!given.has(read)) wanted.add(read);
  return [...wanted].sort();
}

function namesRead(decision: DecisionTable): string[] {
  const entries = new Set<string>();
  const ofContext = (decision.context ?? []).flatMap(({ id, value }) => {
    const reads = ('rules' in value ? namesRead(value) : value.reads).filter((name) => !entries.has(name));
    if (id !== null) entries.add(id);
    return reads;
  });
  const own = new Set(['?', ...decision.inputs.map(({ id }) => id)]);
  const outputs = decision.outputs.flatMap((output) => [
    ...(output.values ?? []),
    ...(output.default === undefined ? [] : [output.default]),
  ]);
  const cells = [...decision.rules.flatMap(({ tests, outputs }) => [...tests, ...outputs]), ...outputs].flatMap(
    (cell) => cell?.reads ?? [],
  );
  return [...ofContext, ...decision.inputs.flatMap((input) => input.expression.reads), ...cells.filter((name) => !own.has(name))];
}

/** The type of a decision's result: of its one output, or a context of its outputs, or a list of such. It is null where no rule matches. */
export function decisionType(decision: DecisionTable): ValueType {
  if (decision.context !== undefined) return contextType(decision.context);
  if (decision.aggregation === 'COUNT') return { kind: 'number' };
  const [first, ...others] = decision.outputs;
  const properties = Object.fromEntries(decision.outputs.map((output) => [output.id, output.type]));
  const row: ValueType = first !== undefined && others.length === 0 ? first.type : { kind: 'context', properties };
  return givesList(decision) ? { kind: 'list', items: row } : row;
}

function contextType(entries: DecisionEntry[]): ValueType {
  const last = entries.at(-1);
  if (last?.id === null) return last.type;
  return { kind: 'context', properties: Object.fromEntries(entries.map(({ id, type }) => [String(id), type])) };
}

class TableCompiler {
  constructor(
    private readonly report: Report,
    private readonly path: Path,
    private readonly names: NameScope | undefined,
  ) {}

  compile(id: string): DecisionTable {
    const before = this.report.mark();
    const table = mapOf(this.report.document.at(this.path));
    this.checkIds([...listOf(table['inputs']).keys()].map((index): Path => ['inputs', index, 'id']));
    this.checkIds([...listOf(table['outputs']).keys()].map((index): Path => ['outputs', index, 'id']));
    const inputs = listOf(table['inputs']).map((input, index) => this.input(mapOf(input), index));
    const names = this.cellNames(inputs);
    const outputs = listOf(table['outputs']).map((output, index) => this.outputColumn(mapOf(output), index, names));
    const rules = listOf(table['rules']).map((rule, index) => this.rule(listOf(rule), index, inputs, outputs, names));
    const hitPolicy = (textOf(table['hitPolicy']) ?? 'UNIQUE') as HitPolicy;
    const aggregation = textOf(table['aggregation']) as Aggregation | undefined;
    this.checkPolicy(hitPolicy, aggregation, outputs);
    const compiled = { id, hitPolicy, ...(aggregation === undefined ? {} : { aggregation }), inputs, outputs, rules };
    if (!this.report.hasErrorsSince(before)) reportCoverage(this.report, this.path, compiled);
    return compiled;
  }

  private outputColumn(output: JsonObject, index: number, names: NameScope): DecisionOutput {
    const type = columnType(output);
    const at = [...this.path, 'outputs', index];
    const values = listOf(output['values']).map((_, rank) => this.output([...at, 'values', rank], type, names));
    const none = output['default'] === undefined ? undefined : this.output([...at, 'default'], type, names);
    return { id: String(output['id']), type, ...(values.length === 0 ? {} : { values }), ...(none === undefined ? {} : { default: none }) };
  }

  private checkPolicy(hitPolicy: HitPolicy, aggregation: Aggregation | undefined, outputs: DecisionOutput[]): void {
    const at = [...this.path, aggregation === undefined ? 'hitPolicy' : 'aggregation'];
    const complain = (message: string, remedy: string) => this.report.at(at, { rule: 'hit-policy', message, remedy });
    if ((hitPolicy === 'PRIORITY' || hitPolicy === 'OUTPUT ORDER') && outputs.every(({ values }) => values === undefined))
      complain(`${quoted(hitPolicy)} needs to know which values come first`, 'give an output its "values", the most important first');
    if (aggregation === undefined) return;
    if (hitPolicy !== 'COLLECT')
      complain(`"aggregation" goes with COLLECT, and the hit policy is ${quoted(hitPolicy)}`, 'write "hitPolicy: COLLECT"');
    if (outputs.length > 1) complain(`"aggregation" takes one output, and there are ${outputs.length}`, 'leave one output');
    const kind = outputs[0]?.type.kind ?? 'any';
    if (aggregation !== 'COUNT' && !['number', 'money', 'any'].includes(kind))
      complain(
        `${quoted(aggregation)} takes numbers, and the output is ${kindNames[kind]}`,
        'give the output "type: number" or "type: money"',
      );
  }

  private checkIds(paths: Path[]): void {
    const seen = new Set<string>();
    for (const path of paths) {
      const id = String(this.report.document.at([...this.path, ...path]));
      if (seen.has(id)) {
        const message = `${quoted(id)} stands here twice`;
        this.report.at([...this.path, ...path], {
          rule: 'duplicate-id',
          message,
          remedy: 'give each input and each output an id of its own',
        });
      }
      seen.add(id);
    }
  }

  private input(input: JsonObject, index: number): DecisionTable['inputs'][number] {
    const id = String(input['id']);
    const at = [...this.path, 'inputs', index];
    const expression =
      input['expression'] === undefined
        ? this.readById(id, [...at, 'id'])
        : new ExpressionCompiler(this.report, this.names ?? anyName).at([...at, 'expression']);
    return { id, expression: expression ?? never, type: columnType(input) };
  }

  /** An input without an expression reads the name that is its id. */
  private readById(id: string, at: Path): Expression | undefined {
    const compiled = compileExpression(id, this.names ?? anyName);
    if (compiled.ok) return compiled.expression;
    const [problem] = compiled.problems;
    const message = problem?.message ?? `${quoted(id)} cannot be read`;
    this.report.at(at, { rule: 'expression', message, remedy: `${problem?.remedy ?? ''}; or write what it reads: "expression: =..."` });
    return undefined;
  }

  /** What cells may read: the inputs by id, and what the inputs may read; in a document, what they do read. */
  private cellNames(inputs: DecisionTable['inputs']): NameScope {
    const types = new Map(inputs.map(({ id, type }) => [id, type]));
    const read = new Set(inputs.flatMap(({ expression }) => expression.reads));
    const { names } = this;
    return {
      has: (name) => types.has(name) || (names === undefined ? read.has(name) : names.has(name)),
      typeOf: (name) => types.get(name) ?? names?.typeOf(name),
      list: () => [...types.keys(), ...(names === undefined ? read : (names.list?.() ?? []))],
    };
  }

  private rule(
    cells: Json[],
    index: number,
    inputs: DecisionTable['inputs'],
    outputs: DecisionTable['outputs'],
    names: NameScope,
  ): DecisionTable['rules'][number] {
    const at = [...this.path, 'rules', index];
    if (cells.length !== inputs.length + outputs.length) {
      const message = `rule ${index + 1} has ${cells.length} cells, not ${inputs.length + outputs.length}`;
      const remedy = `write one cell for each input, then one for each output: ${[...inputs, ...outputs].map(({ id }) => id).join(', ')}`;
      this.report.at(at, { rule: 'rule-length', message, remedy });
      return { tests: [], outputs: [] };
    }
    return {
      tests: inputs.map(({ type }, column) => this.test([...at, column], type, names)),
      outputs: outputs.map(({ type }, column) => this.output([...at, inputs.length + column], type, names)),
    };
  }

  private test(at: Path, type: ValueType, names: NameScope): Expression | null {
    const text = this.textAt(at);
    const compiled = compileUnaryTests(text, type, names);
    if (!compiled.ok) {
      this.complain(at, problemsOfCell(text, type, compiled.problems));
      return null;
    }
    const misread = misreadCell(text, compiled.expression);
    if (misread !== undefined) this.report.at(at, { rule: 'cell-misread', severity: 'warning', ...misread });
    const value = valueAsCondition(compiled.expression?.tree ?? null);
    if (value !== undefined) this.report.at(at, { rule: 'value-as-condition', message: value.message, remedy: value.remedy });
    return compiled.expression;
  }

  private output(at: Path, want: ValueType, names: NameScope): Expression {
    const text = this.textAt(at);
    const compiled = compileExpression(text, names);
    if (!compiled.ok) {
      this.complain(at, compiled.problems);
      return never;
    }
    const { expression, type } = compiled;
    if (isWritableAs(type, want)) return expression;
    const message = `the cell gives ${kindNames[type.kind]}, and its output is ${kindNames[want.kind]}`;
    this.report.at(at, {
      rule: 'output-type',
      message,
      remedy: want.kind === 'string' ? 'write texts in double quotes' : 'change one of them',
    });
    return expression;
  }

  /** The text of a cell; a number, true or false stands for itself. */
  private textAt(at: Path): string {
    const cell = this.report.document.at(at) ?? null;
    return textOf(cell) ?? feelText(cell);
  }

  /** Places count from after a "=", which a cell does not have. */
  private complain(at: Path, problems: readonly ExpressionProblem[]): void {
    for (const { message, remedy, from, to } of problems) {
      this.report.inExpression(at, from - 1, to - 1, { rule: 'expression', message, remedy });
    }
  }
}

const textual: ReadonlySet<ValueType['kind']> = new Set(['string', 'date', 'time', 'dateTime', 'duration']);

/** Whether a value of one type can be written as another (see `toJson`), as far as that is known. */
function isWritableAs(type: ValueType, want: ValueType): boolean {
  if (type.kind === 'any' || want.kind === 'any' || type.kind === want.kind) return true;
  if (want.kind === 'string') return textual.has(type.kind);
  return (type.kind === 'number' || type.kind === 'money') && (want.kind === 'number' || want.kind === 'money');
}

function columnType(column: JsonObject): ValueType {
  const kind = (textOf(column['type']) ?? 'any') as ValueType['kind'];
  if (kind === 'list') return { kind, items: { kind: 'any' } };
  if (kind === 'context') return { kind, properties: {}, open: true };
  return { kind };
}
