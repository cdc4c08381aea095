import { CONNECTOR_SIGNATURES } from '../connectors/catalogue';
import type { ValueType } from '../feel/expression';
import { valueTypeOf } from '../feel/value';
import type { Json, JsonObject } from '../json';
import type { Complaint } from '../language/finding';
import { checkFormData } from '../language/form-data';
import { type Path, pointerPath } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import { unknownRegister } from './compile-register';
import { unknownReport } from './compile-report';
import { unknownTemplate } from './compile-template';
import type { ProcessContext } from './context';
import { isExpressionText } from './expressions';
import { type Element, listOf, mapOf, namesOf, textOf } from './step-document';

/** Names that an imported model's own ways to do something get: somebody has to put a connector in their place. */
const PLACEHOLDER = 'imported.';

/** What may be wrong with a value, where it stands. */
interface Deviation extends Complaint {
  path: Path;
  part?: 'key';
}

/** The type of what a connector gives: of rows, as far as the register is known. Any type where there is no such connector. */
export function connectorResultType(task: JsonObject, rows: ReadonlyMap<string, JsonObject>): ValueType {
  const signature = CONNECTOR_SIGNATURES.get(String(task['connector']));
  if (signature === undefined) return { kind: 'any' };
  const row = rows.get(textOf(mapOf(task['input'])['register']) ?? '');
  const type = valueTypeOf(signature.output);
  if (row === undefined || type.kind !== 'context' || row['properties'] === undefined) return type;
  const ofRow = valueTypeOf(row);
  const { properties } = type;
  return {
    ...type,
    properties: {
      ...properties,
      ...(properties['row'] === undefined ? {} : { row: ofRow }),
      ...(properties['rows'] === undefined ? {} : { rows: { kind: 'list', items: ofRow } }),
    },
  };
}

/** Complains about a step whose connector there is not, or does not take what it is given. */
export function checkConnector(context: ProcessContext, element: Element): void {
  const at = [...element.path, 'serviceTask'];
  const { connector, input } = mapOf(element.value['serviceTask']);
  const name = String(connector);
  const signature = CONNECTOR_SIGNATURES.get(name);
  if (signature === undefined) {
    context.report.at([...at, 'connector'], unknownConnector(name));
    return;
  }
  const check = new InputCheck(context, element, name);
  const deviations = [
    ...check.value(signature.input, mapOf(input), [...at, 'input']),
    ...reportDeviations(context, name, mapOf(input), [...at, 'input']),
    ...registerDeviations(context, name, mapOf(input), [...at, 'input'], check),
    ...templateDeviations(context, name, mapOf(input), [...at, 'input'], check),
  ];
  const place = (path: Path): Path => (context.report.document.at(path) === undefined ? at : path);
  for (const { path, part, ...complaint } of deviations) context.report.at(place(path), complaint, part ?? 'value');
}

function unknownConnector(name: string): Complaint {
  const message = `there is no connector ${quoted(name)}`;
  if (name.startsWith(PLACEHOLDER)) {
    const remedy = 'the imported model does this in its own way: name a connector that does it here, or make it a "userTask"';
    return { rule: 'unknown-connector', severity: 'warning', message, remedy };
  }
  const near = suggestion(name, CONNECTOR_SIGNATURES.keys());
  return { rule: 'unknown-connector', message, remedy: near ?? `write one of ${[...CONNECTOR_SIGNATURES.keys()].map(quoted).join(', ')}` };
}

/** The report that a connector names as it stands. */
function reportDeviations(context: ProcessContext, connector: string, input: JsonObject, path: Path): Deviation[] {
  const report = textOf(input['report']);
  const { reports } = context.surroundings;
  if (!connector.startsWith('report.') || report === undefined || isExpressionText(report) || reports.has(report)) return [];
  return [{ path: [...path, 'report'], ...unknownReport(report, [...reports.keys()]) }];
}

/** The register that a connector names as it stands, and the columns that it speaks of. */
function registerDeviations(context: ProcessContext, connector: string, input: JsonObject, path: Path, check: InputCheck): Deviation[] {
  const register = textOf(input['register']);
  if (!connector.startsWith('register.') || register === undefined || isExpressionText(register)) return [];
  const { rows } = context.surroundings;
  const row = rows.get(register);
  if (row === undefined) return [{ path: [...path, 'register'], ...unknownRegister(register, rows.keys()) }];
  if (row['properties'] === undefined) return [];
  const columns = mapOf(row['properties']);
  const unknown = (name: string, at: Path, part?: 'key'): Deviation[] => {
    if (Object.hasOwn(columns, name) || isExpressionText(name)) return [];
    const remedy = suggestion(name, Object.keys(columns)) ?? `write one of ${Object.keys(columns).map(quoted).join(', ')}`;
    const complaint = { rule: 'unknown-column', message: `register ${quoted(register)} has no column ${quoted(name)}`, remedy };
    return [{ path: at, ...complaint, ...(part === undefined ? {} : { part }) }];
  };
  const ofMaps = ['values', 'where', 'key'].flatMap((part) => {
    const value = input[part];
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
    return Object.entries(value).flatMap(([name, member]) => {
      const at = [...path, part, name];
      const missing = unknown(name, at, 'key');
      return missing.length > 0 || columns[name] === undefined ? missing : check.value(mapOf(columns[name]), member, at);
    });
  });
  const ofLists = ['filters', 'sort'].flatMap((part) =>
    listOf(input[part]).flatMap((entry, index) => {
      const column = textOf(mapOf(entry)['column']);
      return column === undefined ? [] : unknown(column, [...path, part, index, 'column']);
    }),
  );
  return [...ofMaps, ...ofLists];
}

/** The template that a connector names as it stands, and the values that it gives it. */
function templateDeviations(context: ProcessContext, connector: string, input: JsonObject, path: Path, check: InputCheck): Deviation[] {
  const template = textOf(input['template']);
  if (connector !== 'document.render' || template === undefined || isExpressionText(template)) return [];
  const { templates } = context.surroundings;
  const values = templates.get(template);
  if (values === undefined) return [{ path: [...path, 'template'], ...unknownTemplate(template, templates.keys()) }];
  return input['values'] === undefined ? [] : check.value(values, input['values'], [...path, 'values']);
}

/** Holds the input of a connector to its schema: data by value, expressions by type. */
class InputCheck {
  constructor(
    private readonly context: ProcessContext,
    private readonly element: Element,
    private readonly connector: string,
  ) {}

  value(schema: JsonObject, value: Json, path: Path): Deviation[] {
    if (isExpressionText(value)) return this.expression(schema, path);
    const ways = alternatives(schema);
    if (ways.length > 0) {
      const tried = ways.map((way) => this.value(way, value, path));
      return tried.find((deviations) => deviations.length === 0) ?? tried[0] ?? [];
    }
    if (value === null || typeof value !== 'object' || !takes(schema, value)) return this.data(schema, value, path);
    if (Array.isArray(value)) return value.flatMap((item, index) => this.value(mapOf(schema['items']), item, [...path, index]));
    return [...this.keys(schema, value, path), ...this.members(schema, value, path)];
  }

  private keys(schema: JsonObject, value: JsonObject, path: Path): Deviation[] {
    const known = Object.keys(mapOf(schema['properties']));
    const given = Object.keys(value);
    const strange = schema['additionalProperties'] === false ? given.filter((name) => !known.includes(name)) : [];
    // a key that is misspelt stands in the place of the one that is missing
    const missing = missingOf(schema, given).filter((name) => strange.every((other) => suggestion(other, [name]) === undefined));
    return [
      ...strange.map((name): Deviation => {
        const remedy = suggestion(name, known) ?? `write one of ${known.map(quoted).join(', ')}`;
        const message = `connector ${quoted(this.connector)} takes no ${quoted(name)}`;
        return { path: [...path, name], part: 'key', rule: 'unknown-input', message, remedy };
      }),
      ...missing.map((name): Deviation => {
        const message = `connector ${quoted(this.connector)} wants ${quoted(name)}`;
        return { path, rule: 'input-missing', message, remedy: `give it: "${name}: ..."` };
      }),
    ];
  }

  private members(schema: JsonObject, value: JsonObject, path: Path): Deviation[] {
    const properties = mapOf(schema['properties']);
    const others = mapOf(schema['additionalProperties']);
    return Object.entries(value).flatMap(([name, member]) => this.value(mapOf(properties[name] ?? others), member, [...path, name]));
  }

  private data(schema: JsonObject, value: Json, path: Path): Deviation[] {
    return checkFormData(schema, value, 'en')
      .slice(0, 1)
      .map(({ pointer, message }) => {
        const remedy = `write ${wantedBy(schema)}`;
        return { path: [...path, ...pointerPath(pointer)], rule: 'connector-input', message: `${this.named(path)}: ${message}`, remedy };
      });
  }

  private expression(schema: JsonObject, path: Path): Deviation[] {
    const type = this.context.expressions(namesOf(this.element)).typeAt(path);
    const types = typesOf(schema);
    if (types.length === 0 || type.kind === 'any' || types.some((wanted) => jsonTypes(type).includes(wanted))) return [];
    const message = `${this.named(path)} gets a value of the type ${quoted(type.kind)}`;
    return [{ path, rule: 'connector-input', message, remedy: `write an expression that gives ${wantedBy(schema)}` }];
  }

  private named(path: Path): string {
    return `${quoted(String(path.at(-1)))} of connector ${quoted(this.connector)}`;
  }
}

/** The schemas of which a value has to fit one; none where there is but one. */
function alternatives(schema: JsonObject): JsonObject[] {
  return [...listOf(schema['oneOf']), ...listOf(schema['anyOf'])]
    .map(mapOf)
    .filter((way) => Object.keys(way).some((key) => key !== 'required'));
}

/** What is required and not given; of sets of which one has to be there, the first. */
function missingOf(schema: JsonObject, given: readonly string[]): string[] {
  const lacks = (names: Json | undefined): string[] =>
    listOf(names)
      .map(String)
      .filter((name) => !given.includes(name));
  const ways = listOf(schema['anyOf']).map((way) => lacks(mapOf(way)['required']));
  const oneOf = ways.some((names) => names.length === 0) ? [] : (ways[0] ?? []);
  const dependent = Object.entries(mapOf(schema['dependentRequired'])).flatMap(([name, names]) =>
    given.includes(name) ? lacks(names) : [],
  );
  return [...lacks(schema['required']), ...oneOf, ...dependent];
}

function typesOf(schema: JsonObject): string[] {
  const ways = alternatives(schema);
  if (ways.length > 0) return ways.some((way) => typesOf(way).length === 0) ? [] : ways.flatMap(typesOf);
  const type = schema['type'];
  if (type !== undefined) return (Array.isArray(type) ? type : [type]).map(String);
  return schema['enum'] === undefined ? [] : [...new Set(listOf(schema['enum']).map((value) => typeof value))];
}

/** Whether the schema's types have room for an object or a list. */
function takes(schema: JsonObject, value: object): boolean {
  const types = typesOf(schema);
  return types.length === 0 || types.includes(Array.isArray(value) ? 'array' : 'object');
}

/** The JSON types in which a FEEL value leaves an expression. */
function jsonTypes({ kind }: ValueType): string[] {
  if (kind === 'number') return ['number', 'integer'];
  if (kind === 'boolean') return ['boolean'];
  if (kind === 'list') return ['array'];
  return kind === 'context' ? ['object'] : ['string'];
}

/** What a schema wants, in words. */
function wantedBy(schema: JsonObject): string {
  const values = listOf(schema['enum']);
  if (values.length > 0) return `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
  if (schema['format'] === 'money') return 'an amount as text, for example "1800.00"';
  if (schema['format'] === 'date-time') return 'a point in time, for example now()';
  const names: Record<string, string> = {
    string: 'a text',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a map',
    null: 'null',
  };
  const wanted = typesOf(schema).map((type) => names[type] ?? type);
  return wanted.length === 0 ? 'a value that fits' : wanted.join(' or ');
}
