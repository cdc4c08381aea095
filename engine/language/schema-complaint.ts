import type { ErrorObject } from 'ajv/dist/2020';
import type { Json } from '../json';
import { durationAdvice, isDurationText } from './duration-advice';
import type { Complaint } from './finding';
import { laterRemedy } from './later-constructs';
import { quoted, suggestion } from './suggestion';

/** What an error of the JSON Schema check means, in words for whoever wrote the document. `written` gives the value as it stands in the text. */
export function complaintOf(error: ErrorObject, value: Json, written: () => string): Complaint {
  const name = subject(error);
  const later = laterKey(value);
  if (error.keyword === 'type' && later !== undefined) return notSupported(later, laterRemedy(later));
  const wanted = wantedText(error);
  if (isDurationText(value) && wanted?.includes('after: PT4H') === true) {
    return {
      rule: 'wrong-form',
      message: `${name} is the duration ${JSON.stringify(value)} by itself`,
      remedy: `write { after: ${value} }`,
    };
  }
  const advice = wanted?.includes('ISO 8601 duration') === true ? durationAdvice(value) : undefined;
  if (advice !== undefined) {
    const remedy = `write ${advice}: PT30M is half an hour, PT4H four hours, P2D two days (ISO 8601)`;
    return { rule: 'wrong-form', message: `${name} is ${JSON.stringify(value)}, which is no duration`, remedy };
  }
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(error);
    case 'required':
    case 'dependentRequired':
      return missingKey(error, name);
    case 'type':
      return {
        rule: 'wrong-type',
        message: `${name} is ${kindOf(value)}`,
        remedy: `write ${wanted ?? typeWords(error.params['type']) + quotesHint(value, error, written)}`,
      };
    case 'oneOf':
    case 'anyOf':
      return alternative(error, name, value);
    case 'pattern':
      return {
        rule: 'wrong-form',
        message: `${shown(error, value)} cannot stand here`,
        remedy: `write ${wanted ?? `a text of the form ${String(error.schema)}`}`,
      };
    case 'enum':
      return oneOfValues(name, value, error.schema as Json[]);
    case 'const':
      return { rule: 'wrong-value', message: `${name} is ${JSON.stringify(value)}`, remedy: `write ${JSON.stringify(error.schema)}` };
    case 'format':
      return {
        rule: 'wrong-form',
        message: `${shown(error, value)} is no ${String(error.schema)}`,
        remedy: `write ${formatExample(String(error.schema))}`,
      };
    case 'minProperties':
    case 'maxProperties':
      return { rule: 'out-of-bounds', message: `${name} has ${keyCount(value)}`, remedy: `write ${wanted ?? 'fewer'}` };
    default:
      return {
        rule: 'out-of-bounds',
        message: `${name} ${error.message ?? 'is not allowed'}`,
        remedy: wanted === undefined ? 'change it so' : `write ${wanted}`,
      };
  }
}

function unknownKey(error: ErrorObject): Complaint {
  const key = String(error.params['additionalProperty']);
  const later = laterRemedyOf(error);
  if (later !== undefined) return notSupported(key, later);
  const parent = error.parentSchema as { properties?: object; 'x-instead'?: Record<string, string> } | undefined;
  const known = Object.keys(parent?.properties ?? {});
  const instead = Object.entries(parent?.['x-instead'] ?? {}).find(([name]) => name === key)?.[1];
  const remedy = instead ?? suggestion(key, known) ?? (known.length === 0 ? 'leave it out' : `these are known: ${known.join(', ')}`);
  return { rule: 'unknown-key', message: `the key ${quoted(key)} is unknown here`, remedy };
}

function notSupported(key: string, remedy = 'leave it out'): Complaint {
  return { rule: 'not-supported-yet', message: `${quoted(key)} is not supported yet`, remedy };
}

/** What to write instead of an unknown key that the language knows; undefined where it is unknown altogether. */
export function laterRemedyOf(error: ErrorObject): string | undefined {
  return laterRemedy(String(error.params['additionalProperty']));
}

function missingKey(error: ErrorObject, name: string): Complaint {
  const key = String(error.params['missingProperty']);
  const parent = error.parentSchema as { properties?: Record<string, { examples?: Json[] }> } | undefined;
  const example = parent?.properties?.[key]?.examples?.[0];
  const remedy = example === undefined ? `add "${key}: ..."` : `add "${key}: ${JSON.stringify(example)}"`;
  return { rule: 'missing-key', message: `${name} has no ${quoted(key)}`, remedy };
}

/** The keys of which one has to be there, where the branches of an alternative say nothing else but what stands beside it; else none. */
export function requiredByBranches(error: ErrorObject): string[] {
  const branches = error.schema as { required?: string[] }[];
  const sayKeys = (branch: object): boolean => ['required', 'required,not'].includes(Object.keys(branch).join());
  return branches.every(sayKeys) ? branches.flatMap((branch) => branch.required ?? []) : [];
}

/** A step without a kind, with two kinds, or a value that fits none of its forms. */
function alternative(error: ErrorObject, name: string, value: Json): Complaint {
  const wanted = wantedText(error) ?? 'one of the forms that the language page shows';
  if (isDurationText(value) && wanted.includes('after: PT4H')) {
    return {
      rule: 'wrong-form',
      message: `${name} is the duration ${JSON.stringify(value)} by itself`,
      remedy: `write { after: ${value} }`,
    };
  }
  const keys = requiredByBranches(error);
  const present = value !== null && typeof value === 'object' ? Object.keys(value).filter((key) => keys.includes(key)) : [];
  if (present.length > 1) {
    const message = `${name} has ${present.map(quoted).join(' and ')} at once`;
    // a step does one thing; the list of all that it could be helps nobody
    const remedy = keys.length > 8 ? 'keep one of them, and make a step of its own of the other' : `keep one of them; wanted is ${wanted}`;
    return { rule: 'one-of', message, remedy };
  }
  const later = laterKey(value);
  if (later !== undefined) return notSupported(later, laterRemedy(later));
  if (keys.length > 0) return { rule: 'one-of', message: `${name} lacks what it is about`, remedy: `add ${wanted}` };
  return { rule: 'wrong-form', message: `${name} is ${shown(error, value)}`, remedy: `write ${wanted}` };
}

function oneOfValues(name: string, value: Json, allowed: Json[]): Complaint {
  const near =
    typeof value === 'string'
      ? suggestion(
          value,
          allowed.filter((item) => typeof item === 'string'),
        )
      : undefined;
  return {
    rule: 'wrong-value',
    message: `${name} is ${JSON.stringify(value)}`,
    remedy: near ?? `write one of: ${allowed.map(String).join(', ')}`,
  };
}

function laterKey(value: Json): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.keys(value).find((key) => laterRemedy(key) !== undefined);
}

function wantedText(error: ErrorObject): string | undefined {
  const wanted: unknown = (error.parentSchema as Record<string, unknown> | undefined)?.['x-wanted'];
  return typeof wanted === 'string' ? wanted : undefined;
}

/** The key under which the value stands, or what it is. */
function subject(error: ErrorObject): string {
  const parts = error.instancePath.split('/').slice(1);
  const last = parts.at(-1);
  if (last === undefined) return 'the document';
  if (!/^\d+$/u.test(last)) return quoted(last);
  const list = parts.filter((part) => !/^\d+$/u.test(part)).at(-1) ?? 'list';
  return `item ${Number(last) + 1} of ${quoted(list)}`;
}

function keyCount(value: Json): string {
  const keys = Object.keys(value ?? {});
  return keys.length === 0 ? 'nothing in it' : `${keys.slice(0, 5).map(quoted).join(' and ')} at once`;
}

function kindOf(value: Json): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `the text ${quoted(value)}` : `${String(value)}`;
}

function shown(error: ErrorObject, value: Json): string {
  if (error.propertyName !== undefined) return `the key ${quoted(error.propertyName)}`;
  return value !== null && typeof value === 'object' ? kindOf(value) : JSON.stringify(value);
}

function typeWords(type: unknown): string {
  const words: Record<string, string> = {
    string: 'a text',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
    object: 'a map of "key: value" lines',
    array: 'a list: [a, b], or lines that begin with "- "',
    null: 'nothing',
  };
  const types = Array.isArray(type) ? type : String(type).split(',');
  return types.map((one: string) => words[one] ?? one).join(' or ');
}

function quotesHint(value: Json, error: ErrorObject, written: () => string): string {
  const plain = typeof value === 'number' || typeof value === 'boolean';
  return plain && String(error.params['type']).includes('string') ? `: put it in quotes, "${written()}"` : '';
}

function formatExample(format: string): string {
  const examples: Record<string, string> = {
    email: 'a mail address, for example clerk@example.com',
    money: 'an amount in yuan in quotes, for example "1800.00"',
    uri: 'a full address, for example http://127.0.0.1:3999/quotes',
    date: 'a date, for example 2026-03-02',
    'date-time': 'a point in time, for example 2026-03-02T09:00:00+08:00',
  };
  return examples[format] ?? `a ${format}`;
}
