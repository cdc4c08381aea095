import { evaluate } from '../feel/evaluate';
import type { EvaluationScope, ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import { checkFormData, type FieldError, type Locale } from '../language/form-data';
import { instantMs } from '../runtime/durations';
import type { CompiledRegister, ComputedColumn, RegisterColumn } from './register';

/** What a row may be at most; a column's own bounds come on top. */
export const ROW_LIMITS = { keyChars: 500, textChars: 10_000, rowChars: 65_536 } as const;

const schemas = new WeakMap<CompiledRegister, JsonObject>();
/** PostgreSQL's text and jsonb hold neither NUL nor half of a surrogate pair. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for
const unstorable = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** A row without the columns that have no value: null and absent are the same. */
export function withoutNulls(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** A new row: what its document gives by default stands where `values` does not name the column. */
export function withDefaults(register: CompiledRegister, values: JsonObject): JsonObject {
  const defaults = register.columns.flatMap(({ name, schema }) => (schema['default'] === undefined ? [] : [[name, schema['default']]]));
  return { ...(Object.fromEntries(defaults) as JsonObject), ...values };
}

/**
 * Checks a whole row without nulls: types, bounds, patterns, required columns, columns that there are not, and the limits of every row.
 * Gives every problem, with a pointer to its column.
 */
export function checkRow(register: CompiledRegister, values: JsonObject, locale: Locale = 'en'): FieldError[] {
  const problems = checkFormData(rowSchema(register), values, locale);
  const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  for (const [column, text] of texts) {
    if (text.length > ROW_LIMITS.textChars) problems.push(problem(column, 'max-length', locale, ROW_LIMITS.textChars));
    else if (unstorable.test(text)) problems.push(problem(column, 'characters', locale));
  }
  for (const column of register.key) if (values[column] === '') problems.push(problem(column, 'required', locale));
  const sets = [register.key, ...register.unique].filter((names) => setText(names, values).length > ROW_LIMITS.keyChars);
  for (const [column = ''] of sets) problems.push(problem(column, 'max-length', locale, ROW_LIMITS.keyChars));
  const isTooLarge = problems.length === 0 && JSON.stringify(values).length > ROW_LIMITS.rowChars;
  return isTooLarge ? [{ ...problem('', 'too-large', locale, ROW_LIMITS.rowChars), pointer: '' }] : problems;
}

const words: Record<string, Record<Locale, string>> = {
  'max-length': { en: 'has more characters than', zh: '字符数超过' },
  'too-large': { en: 'is a row of more characters than', zh: '整行字符数超过' },
  characters: { en: 'has characters that cannot be stored', zh: '含有无法保存的字符' },
  required: { en: 'must have a value', zh: '不能为空' },
};

function problem(column: string, code: string, locale: Locale, limit?: number): FieldError {
  const text = words[code]?.[locale] ?? code;
  return { pointer: `/${column}`, code, message: limit === undefined ? text : `${text} ${limit}` };
}

function rowSchema(register: CompiledRegister): JsonObject {
  const known = schemas.get(register);
  if (known !== undefined) return known;
  const schema = {
    type: 'object',
    required: register.columns.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(register.columns.map((column) => [column.name, column.schema])),
  };
  schemas.set(register, schema);
  return schema;
}

/** The text that tells a row from every other: the value of its key column, or the JSON list of several, in Unicode's composed form. */
export function keyText(register: Pick<CompiledRegister, 'key'>, values: JsonObject): string {
  const [only, ...more] = register.key;
  const value = values[only ?? ''];
  return more.length > 0 || only === undefined ? setText(register.key, values) : textOf(value ?? null);
}

/** A key's text as it stands in messages: the values of several columns with commas between. */
export function keyForPeople(register: Pick<CompiledRegister, 'key'>, key: string): string {
  return register.key.length > 1 && key.startsWith('[') ? (JSON.parse(key) as Json[]).map((value) => String(value)).join(', ') : key;
}

/** The texts of the sets of columns that no two rows may share; a set with a column that has no value is left out. */
export function uniqueTexts(register: Pick<CompiledRegister, 'unique'>, values: JsonObject): { columns: string; value: string }[] {
  return register.unique
    .filter((set) => set.every((name) => (values[name] ?? null) !== null))
    .map((set) => ({ columns: set.join('+'), value: setText(set, values) }));
}

function setText(names: readonly string[], values: JsonObject): string {
  return JSON.stringify(names.map((name) => values[name] ?? null)).normalize('NFC');
}

function textOf(value: Json): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).normalize('NFC');
}

/** The sets of columns that rows are found by: those that are declared, and each column that refers to another register. */
export function indexSets(register: Pick<CompiledRegister, 'columns' | 'indexes'>): string[][] {
  const references = register.columns.filter(({ references: of }) => of !== undefined).map(({ name }) => [name]);
  const all = [...register.indexes, ...references];
  return all.filter((set, index) => all.findIndex((other) => other.join('+') === set.join('+')) === index);
}

/** Characters of a value that an index holds; what is longer is told apart by the row itself. */
const INDEXED_CHARS = 100;
const BETWEEN = '\u0001';

/** The entries by which a row is found. */
export function indexTexts(
  register: Pick<CompiledRegister, 'columns' | 'indexes'>,
  values: JsonObject,
): { columns: string; value: string }[] {
  const types = new Map(register.columns.map(({ name, type }) => [name, type]));
  const entry = (name: string): string => {
    const value = values[name] ?? null;
    return value === null ? '0' : `1${sortText(types.get(name) ?? { kind: 'any' }, value)}`;
  };
  return indexSets(register).map((set) => ({ columns: set.join('+'), value: set.map(entry).join(BETWEEN) }));
}

/** The text of an index for a value of its first column, with which the entries of such rows begin. */
export function indexStart(type: ValueType, value: Json): string {
  return `1${sortText(type, value)}`;
}

/** A text that sorts, by code points, as values of the type do; values that it cannot tell apart are near each other. */
function sortText(type: ValueType, value: Json): string {
  switch (type.kind) {
    case 'number':
      return decimalText(Number(value));
    case 'money':
      return decimalText(Number(value));
    case 'dateTime':
      return decimalText(instantMs(String(value), 'UTC') ?? 0);
    default:
      return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, INDEXED_CHARS);
  }
}

/** A double as 16 hexadecimal digits that sort as it does. */
function decimalText(number: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number === 0 ? 0 : number);
  const bits = view.getBigUint64(0);
  const negative = bits >> 63n === 1n;
  const ordered = negative ? ~bits & 0xffff_ffff_ffff_ffffn : bits | 0x8000_0000_0000_0000n;
  return ordered.toString(16).padStart(16, '0');
}

/** A row as it is read: its columns, null where they have no value, and the computed ones of that moment. One that cannot be computed is null. */
export function computeRow(
  register: Pick<CompiledRegister, 'columns' | 'computed'>,
  values: JsonObject,
  { nowMs, timezone }: Pick<EvaluationScope, 'nowMs' | 'timezone'>,
): JsonObject {
  const row: JsonObject = Object.fromEntries(register.columns.map(({ name }) => [name, values[name] ?? null]));
  const types = new Map([...register.columns, ...register.computed].map(({ name, type }) => [name, type]));
  const read = (name: string) => {
    const type = types.get(name);
    return type !== undefined && Object.hasOwn(row, name) ? { value: row[name] as Json, type } : undefined;
  };
  for (const { name, expression, type } of register.computed) {
    const computed = evaluate(expression, { nowMs, timezone, read }, type);
    row[name] = computed.ok ? computed.value : null;
  }
  return row;
}

/** What somebody with these roles sees of a register: nothing where they do not read it. */
export function visibleColumns(
  register: CompiledRegister,
  roles: readonly string[],
): { columns: RegisterColumn[]; computed: ComputedColumn[] } {
  const has = (wanted: readonly string[] | null | undefined): boolean => wanted === null || wanted === undefined || any(wanted, roles);
  if (!has(register.readers)) return { columns: [], computed: [] };
  return {
    columns: register.columns.filter(({ readers }) => has(readers)),
    computed: register.computed.filter(({ readers }) => has(readers)),
  };
}

/** The columns that somebody with these roles may set by hand: a column's own writers stand in place of the register's. */
export function writableColumns(register: CompiledRegister, roles: readonly string[]): RegisterColumn[] {
  return register.columns.filter(({ writers }) => any(writers ?? register.writers, roles));
}

function any(wanted: readonly string[], roles: readonly string[]): boolean {
  return wanted.some((role) => roles.includes(role));
}
