import type { Expression, ValueType } from '../feel/expression';
import type { JsonObject } from '../json';
import type { LocalizedText } from '../runtime/process-model';

/** A column of a ledger as it is stored. */
export interface RegisterColumn {
  name: string;
  title: LocalizedText;
  /** JSON Schema (2020-12) of one value; null is a value of every column that is not required. */
  schema: JsonObject;
  type: ValueType;
  required: boolean;
  /** What people read in place of a value, by value; one that has none stands for itself. */
  valueTitles?: Record<string, LocalizedText>;
  /** The register whose key a value names. */
  references?: string;
  /** About a person: masked in what is recorded, and in exports for those who need not see it. */
  personal?: true;
  /** Roles that see it; absent: whoever reads the register. */
  readers?: string[];
  /** Roles that may set it by hand; absent: whoever writes the register. */
  writers?: string[];
}

/** A column that is computed from the others whenever a row is read; it is not stored. */
export interface ComputedColumn {
  name: string;
  title: LocalizedText;
  expression: Expression;
  type: ValueType;
  readers?: string[];
}

/** A ledger 台账 as it was compiled. `hash` addresses the canonical JSON of everything else. */
export interface CompiledRegister {
  id: string;
  hash: string;
  title: LocalizedText;
  /** Names of the columns whose values tell a row from every other one, in order. */
  key: string[];
  columns: RegisterColumn[];
  /** Each reads columns, and computed columns that stand before it. */
  computed: ComputedColumn[];
  /** Further sets of columns that no two rows may share; rows in which one of them is null share nothing. */
  unique: string[][];
  /** Sets of columns that searches are quick by. */
  indexes: string[][];
  /** Roles that see its rows; null: everybody of the dealership. */
  readers: string[] | null;
  /** Roles that add and change rows by hand; processes do it by connectors whoever these are. */
  writers: string[];
}

/** The JSON Schema of a row as processes see it: its columns, the computed ones included. */
export function rowSchemaOf(register: Pick<CompiledRegister, 'columns' | 'computed'>): JsonObject {
  const stored = register.columns.map(({ name, schema }) => [name, schema] as const);
  const computed = register.computed.map(({ name, type }) => [name, schemaOf(type)] as const);
  return { type: 'object', properties: Object.fromEntries([...stored, ...computed]) };
}

/** The JSON Schema that is read as a type. */
function schemaOf(type: ValueType): JsonObject {
  switch (type.kind) {
    case 'any':
      return {};
    case 'string':
    case 'number':
    case 'boolean':
      return { type: type.kind };
    case 'list':
      return { type: 'array', items: schemaOf(type.items) };
    case 'context':
      return {
        type: 'object',
        properties: Object.fromEntries(Object.entries(type.properties).map(([name, member]) => [name, schemaOf(member)])),
      };
    case 'dateTime':
      return { type: 'string', format: 'date-time' };
    default:
      return { type: 'string', format: type.kind };
  }
}
