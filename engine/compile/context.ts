import type { DecisionTable } from '../decision/decision-table';
import type { NameScope } from '../feel/compile';
import type { Expression } from '../feel/expression';
import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import { unknownForm } from './declare-variables';
import type { CompiledForm } from './deployment';
import type { ElementIndex } from './element-index';
import { type CompiledValue, ExpressionCompiler } from './expressions';
import type { ProcessUses } from './process-uses';
import type { Report } from './report';
import type { Scope } from './scopes';
import { type Element, listOf, mapOf, textOf } from './step-document';
import { TimingCompiler } from './timing';

/** Stands for an expression that has findings: nothing of it will run. */
export const never: Expression = { text: '', tree: null, reads: [] };

/** What a process may refer to in other documents. */
export interface Surroundings {
  forms: ReadonlyMap<string, CompiledForm>;
  /** Variables of every process by its id: what a call may set. Undefined where the process itself has findings. */
  processes: ReadonlyMap<string, Scope | undefined>;
  /** Decision documents by id; undefined where one has findings. */
  decisions: ReadonlyMap<string, DecisionTable | undefined>;
  /** The JSON Schema of a row of each register. */
  rows: ReadonlyMap<string, JsonObject>;
  /** By the ids of reports. */
  reports: ReadonlyMap<string, true>;
  /** What each template of documents is filled with, by its id. */
  templates: ReadonlyMap<string, JsonObject>;
  /** The hash of another process of the same documents; undefined where that cannot be known before this one. */
  hashOf(process: string): string | undefined;
}

/** Everything that the parts of one process are compiled with. */
export class ProcessContext {
  constructor(
    readonly report: Report,
    readonly index: ElementIndex,
    readonly surroundings: Surroundings,
    readonly uses: ProcessUses,
  ) {}

  /** Compiles expressions under these names. */
  expressions(names: NameScope): ExpressionCompiler {
    return new ExpressionCompiler(this.report, names);
  }

  /** Compiles what is about time under these names. */
  timing(names: NameScope): TimingCompiler {
    return new TimingCompiler(this.report, this.expressions(names), this.uses);
  }

  /** Notes the roles at a path as used. */
  roles(path: Path): string[] {
    const roles = listOf(this.report.document.at(path)).map(String);
    roles.forEach((role, index) => {
      this.uses.roles.push({ role, path: [...path, index] });
    });
    return roles;
  }

  /** Notes the form at a path as used by somebody who sees these names. */
  form(path: Path, names: Scope): string | undefined {
    const { forms } = this.surroundings;
    const id = textOf(this.report.document.at(path));
    if (id === undefined) return undefined;
    if (forms.has(id)) this.uses.forms.set(id, [...(this.uses.forms.get(id) ?? []), names]);
    else this.report.at(path, unknownForm(id, forms));
    return id;
  }

  /** Users at a path: each an expression that gives a name, a list of names, or null. */
  users(path: Path, names: NameScope): Expression[] {
    const expressions = this.expressions(names);
    return listOf(this.report.document.at(path)).flatMap((_, index) => expressions.expressionAt([...path, index]) ?? []);
  }

  /** The map of values at a path. */
  values(path: Path, names: NameScope): Record<string, CompiledValue> {
    const expressions = this.expressions(names);
    const values: Record<string, CompiledValue> = {};
    for (const name of Object.keys(mapOf(this.report.document.at(path)))) {
      const value = expressions.valueAt([...path, name]);
      if (value !== undefined) values[name] = value;
    }
    return values;
  }

  /** The map of expressions at a path. */
  expressionMap(path: Path, names: NameScope): Record<string, Expression> {
    const expressions = this.expressions(names);
    const entries = Object.keys(mapOf(this.report.document.at(path))).flatMap((name): [string, Expression][] => {
      const value = expressions.expressionAt([...path, name]);
      return value === undefined ? [] : [[name, value]];
    });
    return Object.fromEntries(entries);
  }

  /** Complains about a name at a path that is no variable. */
  checkVariable(name: string, path: Path, names: Scope): void {
    if (names.isVariable(name)) return;
    const remedy = suggestion(name, names.list()) ?? `declare it: add "${name}: { type: ... }" under "variables"`;
    this.report.at(path, { rule: 'unknown-variable', message: `there is no variable ${quoted(name)}`, remedy }, 'key');
  }

  /** The id of a step of certain kinds at a path. */
  reference(path: Path, what: string, fits: (element: Element) => boolean): string | undefined {
    const id = textOf(this.report.document.at(path));
    if (id === undefined) return undefined;
    const element = this.index.get(id);
    if (element === undefined) {
      const candidates = this.index.elements.filter(fits).map((known) => known.id);
      const remedy = suggestion(id, candidates) ?? `write the id of ${what}`;
      this.report.at(path, { rule: 'unknown-step', message: `there is no step ${quoted(id)}`, remedy });
    } else if (!fits(element)) {
      this.report.at(path, { rule: 'wrong-step', message: `${quoted(id)} is not ${what}`, remedy: `write the id of ${what}` });
    }
    return id;
  }

  /** Complains about a key that has no meaning where it stands. */
  misplaced(path: Path, message: string, remedy: string): void {
    this.report.at(path, { rule: 'misplaced-key', message, remedy }, 'key');
  }
}
