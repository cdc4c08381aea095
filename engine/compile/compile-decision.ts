import type { DecisionTable } from '../decision/decision-table';
import { compileExpression, type NameScope } from '../feel/compile';
import type { Expression, ValueType } from '../feel/expression';
import type { ExpressionProblem } from '../feel/syntax';
import { compileUnaryTests } from '../feel/unary-tests';
import { kindNames } from '../feel/value';
import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { ExpressionCompiler, feelText } from './expressions';
import type { Report } from './report';
import { listOf, mapOf, textOf } from './step-document';

/** Any name, of any type: a document does not know which process asks it. */
const anyName: NameScope = { has: () => true, typeOf: () => ({ kind: 'any' }) };

/** Stands for an expression that has findings: nothing of it will run. */
const never: Expression = { text: '', tree: null, reads: [] };

/**
 * Compiles a decision table: that of a `decision` document (`path` is `[]`, `id` the document's), or one that stands inline in a
 * `businessRuleTask` (`path` leads to the map with `hitPolicy`, `inputs`, `outputs`, `rules`; `id` is the step's).
 *
 * `names` is what the inputs may read. Inline it is what the step's `input` gives, or the process's names where it has none. Without it (a
 * document) inputs read any name: `namesWanted` then tells what the step's `input` has to give. The table is meaningless where there are findings.
 */
export function compileDecision(report: Report, path: Path, id: string, names?: NameScope): DecisionTable {
  return new TableCompiler(report, path, names).compile(id);
}

/** The names that a table reads from its surroundings, sorted: what a `businessRuleTask` has to give as `input`. */
export function namesWanted(table: DecisionTable): string[] {
  const cells = table.rules.flatMap(({ tests, outputs }) => [...tests, ...outputs].flatMap((cell) => cell?.reads ?? []));
  const own = new Set(['?', ...table.inputs.map(({ id }) => id)]);
  return [...new Set([...table.inputs.flatMap((input) => input.expression.reads), ...cells.filter((name) => !own.has(name))])].sort();
}

/** The type of a table's result: of its one output, or a context of its outputs. It is null where no rule matches. */
export function decisionType(table: DecisionTable): ValueType {
  const [first, ...others] = table.outputs;
  if (first !== undefined && others.length === 0) return first.type;
  return { kind: 'context', properties: Object.fromEntries(table.outputs.map((output) => [output.id, output.type])) };
}

class TableCompiler {
  constructor(
    private readonly report: Report,
    private readonly path: Path,
    private readonly names: NameScope | undefined,
  ) {}

  compile(id: string): DecisionTable {
    const table = mapOf(this.report.document.at(this.path));
    this.checkIds([...listOf(table['inputs']).keys()].map((index): Path => ['inputs', index, 'id']));
    this.checkIds([...listOf(table['outputs']).keys()].map((index): Path => ['outputs', index, 'id']));
    const inputs = listOf(table['inputs']).map((input, index) => this.input(mapOf(input), index));
    const outputs = listOf(table['outputs']).map((output) => ({ id: String(mapOf(output)['id']), type: columnType(mapOf(output)) }));
    const names = this.cellNames(inputs);
    const rules = listOf(table['rules']).map((rule, index) => this.rule(listOf(rule), index, inputs, outputs, names));
    return { id, hitPolicy: table['hitPolicy'] === 'FIRST' ? 'FIRST' : 'UNIQUE', inputs, outputs, rules };
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
    const compiled = compileUnaryTests(this.textAt(at), type, names);
    if (compiled.ok) return compiled.expression;
    this.complain(at, compiled.problems);
    return null;
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
  private complain(at: Path, problems: ExpressionProblem[]): void {
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
