import { compileExpression, type NameScope } from '../feel/compile';
import type { ValueType } from '../feel/expression';
import { valueTypeOf } from '../feel/value';
import { calendarsRead } from '../feel/working-time-functions';
import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { CompiledRegister, ComputedColumn, RegisterColumn } from '../register/register';
import { checkUserSchema } from './check-user-schema';
import { type CompilePorts, contentHash } from './content-hash';
import { ExpressionCompiler, isExpressionText } from './expressions';
import { localizedText } from './localized-text';
import type { Report } from './report';
import { listOf, mapOf, textOf } from './step-document';

/** What a column's document says besides the schema of its values. */
const besidesSchema = new Set(['title', 'enumTitles', 'references', 'personal', 'readers', 'writers']);

/** Compiles a register whose document's schema has been checked. */
export function compileRegister(report: Report, ports: CompilePorts): CompiledRegister {
  return new RegisterCompiler(report).compile(ports);
}

/** Complains about references to registers that there are not. */
export function checkReferences(report: Report, registers: ReadonlySet<string>): void {
  for (const [name, column] of Object.entries(mapOf(report.document.value['columns']))) {
    const references = textOf(mapOf(column)['references']);
    if (references === undefined || registers.has(references)) continue;
    report.at(['columns', name, 'references'], unknownRegister(references, registers));
  }
}

/** The complaint about a register that no document defines. */
export function unknownRegister(id: string, registers: Iterable<string>): { rule: string; message: string; remedy: string } {
  const remedy = suggestion(id, registers) ?? `write a document "register: ${id}"`;
  return { rule: 'unknown-register', message: `there is no register ${quoted(id)}`, remedy };
}

class RegisterCompiler {
  private readonly columns: JsonObject;

  constructor(private readonly report: Report) {
    this.columns = mapOf(report.document.value['columns']);
  }

  compile(ports: CompilePorts): CompiledRegister {
    const { document } = this.report;
    const key = this.names(['key']);
    const required = new Set([...key, ...this.names(['required'])]);
    const columns = Object.keys(this.columns).map((name) => this.column(name, required.has(name)));
    const { readers } = document.value;
    const register = {
      id: document.id,
      title: localizedText(document.value['title'], document.id),
      key,
      columns,
      computed: this.computed(columns),
      unique: this.sets('unique'),
      indexes: this.sets('indexes'),
      readers: readers === undefined ? null : listOf(readers).map(String),
      writers: listOf(document.value['writers']).map(String),
    };
    return { ...register, hash: contentHash(register, ports) };
  }

  private column(name: string, required: boolean): RegisterColumn {
    const column = mapOf(this.columns[name]);
    const path = ['columns', name];
    checkUserSchema(column, path, this.report);
    const schema = Object.fromEntries(Object.entries(column).filter(([key]) => !besidesSchema.has(key)));
    const type = valueTypeOf(schema);
    const references = textOf(column['references']);
    return {
      name,
      title: localizedText(column['title'], name),
      schema,
      type,
      required,
      ...this.valueTitles(column, path),
      ...(references === undefined ? {} : { references }),
      ...(column['personal'] === true ? { personal: true as const } : {}),
      ...rolesOf(column, 'readers'),
      ...rolesOf(column, 'writers'),
    };
  }

  /** What people read in place of the values that `enum` lists. */
  private valueTitles(column: JsonObject, path: Path): Pick<RegisterColumn, 'valueTitles'> {
    if (column['enumTitles'] === undefined) return {};
    const titles = mapOf(column['enumTitles']);
    const values = listOf(column['enum']).map(String);
    for (const value of Object.keys(titles)) {
      if (values.includes(value)) continue;
      const message = values.length === 0 ? 'the column has no "enum"' : `"enum" does not list ${quoted(value)}`;
      const remedy = suggestion(value, values) ?? 'add the value to "enum", or leave its title out';
      this.report.at([...path, 'enumTitles', value], { rule: 'value-misfit', message, remedy }, 'key');
    }
    return { valueTitles: Object.fromEntries(Object.entries(titles).map(([value, title]) => [value, localizedText(title, value)])) };
  }

  /** The computed columns, each after those that it reads. */
  private computed(columns: readonly RegisterColumn[]): ComputedColumn[] {
    const written = mapOf(this.report.document.value['computed']);
    for (const name of Object.keys(written)) {
      if (!Object.hasOwn(this.columns, name)) continue;
      const message = `there is a column ${quoted(name)} already`;
      this.report.at(['computed', name], { rule: 'duplicate-id', message, remedy: 'choose another name' }, 'key');
    }
    const known = new Map<string, ValueType>(columns.map(({ name, type }) => [name, type]));
    const done: ComputedColumn[] = [];
    const open = new Map(Object.keys(written).map((name) => [name, this.readsOf(name, written)]));
    while (open.size > 0) {
      const next = [...open].find(([, reads]) => !reads.some((read) => open.has(read)))?.[0];
      if (next === undefined) {
        this.refuseCircle([...open.keys()]);
        return done;
      }
      open.delete(next);
      const column = this.computedColumn(next, written, known);
      if (column === undefined) continue;
      known.set(next, column.type);
      done.push(column);
    }
    return done;
  }

  private computedColumn(name: string, written: JsonObject, known: ReadonlyMap<string, ValueType>): ComputedColumn | undefined {
    const compiled = new ExpressionCompiler(this.report, namesOf(known)).typedAt(pathOf(name, written));
    if (compiled === undefined) return undefined;
    const [calendar] = calendarsRead(compiled.expression.tree);
    if (calendar !== undefined) {
      const remedy = 'compute it in a process, or in a report with "workingTime"';
      this.report.at(pathOf(name, written), { rule: 'expression', message: 'no calendar is known where a row is read', remedy });
    }
    const details = isExpressionText(written[name]) ? {} : mapOf(written[name]);
    return { name, title: localizedText(details['title'], name), ...compiled, ...rolesOf(details, 'readers') };
  }

  /** The computed columns that a computed column reads. */
  private readsOf(name: string, written: JsonObject): string[] {
    const value = this.report.document.at(pathOf(name, written));
    const all = new Map([...Object.keys(this.columns), ...Object.keys(written)].map((known) => [known, { kind: 'any' } as ValueType]));
    const compiled = isExpressionText(value) ? compileExpression(value.slice(1), namesOf(all)) : undefined;
    const reads = compiled?.ok === true ? compiled.expression.reads : [];
    return reads.filter((read) => Object.hasOwn(written, read));
  }

  private refuseCircle(names: string[]): void {
    const message = `the computed columns ${names.map(quoted).join(', ')} read each other`;
    const [first = ''] = names;
    this.report.at(
      ['computed', first],
      { rule: 'computed-cycle', message, remedy: 'compute one of them from stored columns alone' },
      'key',
    );
  }

  private sets(key: 'unique' | 'indexes'): string[][] {
    return listOf(this.report.document.value[key]).map((_, index) => this.names([key, index]));
  }

  /** The column that a path names, or the columns of its list. */
  private names(path: Path): string[] {
    const value = this.report.document.at(path);
    const single = textOf(value);
    if (single !== undefined) return this.known(single, path);
    return listOf(value).flatMap((name, index) => this.known(String(name), [...path, index]));
  }

  private known(name: string, path: Path): string[] {
    if (Object.hasOwn(this.columns, name)) return [name];
    const computed = Object.hasOwn(mapOf(this.report.document.value['computed']), name);
    const message = computed ? `${quoted(name)} is computed, and only stored columns can stand here` : `there is no column ${quoted(name)}`;
    const remedy = suggestion(name, Object.keys(this.columns)) ?? 'write the name of a column that stands under "columns"';
    this.report.at(path, { rule: 'unknown-column', message, remedy });
    return [];
  }
}

function pathOf(name: string, written: JsonObject): Path {
  return isExpressionText(written[name]) ? ['computed', name] : ['computed', name, 'value'];
}

function namesOf(known: ReadonlyMap<string, ValueType>): NameScope {
  return { has: (name) => known.has(name), typeOf: (name) => known.get(name), list: () => [...known.keys()] };
}

function rolesOf<K extends 'readers' | 'writers'>(value: JsonObject, key: K): { [key in K]?: string[] } {
  return value[key] === undefined ? {} : ({ [key]: listOf(value[key]).map(String) } as { [key in K]?: string[] });
}
