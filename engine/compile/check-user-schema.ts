import { valueTypeOf } from '../feel/value';
import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { compileUserPattern } from '../language/user-pattern';
import { breach } from '../runtime/constraint';
import { compileLimits } from './limits';
import type { Report } from './report';
import { constraintOf } from './schema-constraint';
import { listOf, mapOf, textOf } from './step-document';

/**
 * Checks what the schema of schemas cannot say of one that a person wrote, for a form or a variable: its patterns are ones, its keywords say
 * something, its own values fit, and it nests and holds no more than can be looked at.
 */
export function checkUserSchema(schema: JsonObject, path: Path, report: Report): void {
  const state = { fields: 0 };
  checkPart(schema, path, report, 1, state);
  if (state.fields <= compileLimits.schemaFields) return;
  const message = `there are more than ${compileLimits.schemaFields} fields`;
  report.at(path, { rule: 'too-large', message, remedy: 'leave out what nobody fills in' });
}

function checkPart(schema: JsonObject, path: Path, report: Report, depth: number, state: { fields: number }): void {
  if (depth > compileLimits.schemaDepth) {
    const message = `fields nest more than ${compileLimits.schemaDepth} deep`;
    report.at(path, { rule: 'too-large', message, remedy: 'put the inner ones beside the outer ones' });
    return;
  }
  checkPattern(schema, path, report);
  checkMoney(schema, path, report);
  checkKeywords(schema, path, report);
  checkBounds(schema, path, report);
  checkOwnValues(schema, schema, path, report);
  for (const [name, field] of Object.entries(mapOf(schema['properties']))) {
    state.fields += 1;
    checkPart(mapOf(field), [...path, 'properties', name], report, depth + 1, state);
  }
  if (schema['items'] !== undefined) checkPart(mapOf(schema['items']), [...path, 'items'], report, depth + 1, state);
}

function checkMoney(schema: JsonObject, path: Path, report: Report): void {
  if (schema['format'] !== 'money' || valueTypeOf(schema).kind === 'money') return;
  const message = 'an amount of money is a text';
  report.at([...path, 'format'], { rule: 'money-type', message, remedy: 'write "type: string" beside "format: money"' });
}

const numeric = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
/** The keywords that say something of values of one type alone. */
const keywordsOf: Record<string, string[]> = {
  string: ['format', 'pattern', 'minLength', 'maxLength'],
  number: numeric,
  integer: numeric,
  array: ['items', 'minItems', 'maxItems', 'uniqueItems'],
  object: ['properties', 'required', 'additionalProperties'],
};
const allKeywords = new Set(Object.values(keywordsOf).flat());

/** A keyword that says nothing of the values that its schema allows is a slip: it would bind nobody. */
function checkKeywords(schema: JsonObject, path: Path, report: Report): void {
  const types = [schema['type'] ?? []].flat().filter((type): type is string => typeof type === 'string' && type !== 'null');
  if (types.length === 0 || schema['format'] === 'money') return;
  const known = types.flatMap((type) => keywordsOf[type] ?? []);
  for (const keyword of Object.keys(schema).filter((key) => allKeywords.has(key) && !known.includes(key))) {
    const message = `${quoted(keyword)} says nothing of values of type ${types.join(' or ')}`;
    const allowed = known.length === 0 ? 'delete it' : `write one of ${[...new Set(known)].join(', ')}, or change the type`;
    const remedy = numeric.includes(keyword) && types.includes('string') ? 'write "format: money" beside it for an amount' : allowed;
    report.at([...path, keyword], { rule: 'keyword-without-effect', severity: 'warning', message, remedy }, 'key');
  }
}

/** Pairs of bounds between which there has to be something. */
const ranges: [least: string, most: string, mayMeet: boolean][] = [
  ['minimum', 'maximum', true],
  ['exclusiveMinimum', 'maximum', false],
  ['minimum', 'exclusiveMaximum', false],
  ['exclusiveMinimum', 'exclusiveMaximum', false],
  ['minLength', 'maxLength', true],
  ['minItems', 'maxItems', true],
];

function checkBounds(schema: JsonObject, path: Path, report: Report): void {
  for (const [least, most, mayMeet] of ranges) {
    const [from, to] = [schema[least], schema[most]];
    if (typeof from !== 'number' || typeof to !== 'number' || from < to || (mayMeet && from === to)) continue;
    const message = `no value fits: ${quoted(least)} is ${from}, and ${quoted(most)} is ${to}`;
    report.at([...path, least], { rule: 'nothing-fits', message, remedy: `make ${quoted(least)} less than ${quoted(most)}` });
  }
}

/**
 * Checks the values that a schema names itself: its default, its constant and what it lists have to fit all else that it says.
 *
 * @param resolved the same schema with its references replaced
 */
export function checkOwnValues(schema: JsonObject, resolved: JsonObject, path: Path, report: Report): void {
  const constraint = constraintOf(resolved) ?? {};
  const { enum: _values, const: _value, ...others } = constraint;
  const { enum: listed, const: only, default: initial } = schema;
  const complain = (at: Path, wrong: string | undefined): void => {
    if (wrong === undefined) return;
    report.at([...path, ...at], { rule: 'value-misfit', message: wrong, remedy: 'write a value that fits, or change what is asked of it' });
  };
  listOf(listed).forEach((value, index) => {
    complain(['enum', index], breach(value, others, `enum[${index + 1}]`));
  });
  if (only !== undefined) complain(['const'], breach(only, others, 'const'));
  if (initial !== undefined) complain(['default'], breach(initial, constraint, 'default'));
}

function checkPattern(schema: JsonObject, path: Path, report: Report): void {
  const pattern = textOf(schema['pattern']);
  if (pattern === undefined) return;
  const compiled = compileUserPattern(pattern);
  if (compiled.ok) return;
  const message = `${quoted(pattern)} is no pattern: ${compiled.reason}`;
  report.at([...path, 'pattern'], {
    rule: 'wrong-pattern',
    message,
    remedy: 'write a regular expression of RE2, for example "^1[0-9]{10}$"',
  });
}
