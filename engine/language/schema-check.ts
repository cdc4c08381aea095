import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import calendarSchema from '../../definitions/schema/calendar.json';
import commonSchema from '../../definitions/schema/common.json';
import dealershipSchema from '../../definitions/schema/dealership.json';
import decisionSchema from '../../definitions/schema/decision.json';
import dutySchema from '../../definitions/schema/duty.json';
import formSchema from '../../definitions/schema/form.json';
import overlaySchema from '../../definitions/schema/overlay.json';
import processSchema from '../../definitions/schema/process.json';
import registerSchema from '../../definitions/schema/register.json';
import reportSchema from '../../definitions/schema/report.json';
import scenarioSchema from '../../definitions/schema/scenario.json';
import settingsSchema from '../../definitions/schema/settings.json';
import templateSchema from '../../definitions/schema/template.json';
import workloadSchema from '../../definitions/schema/workload.json';
import type { Finding } from '../compile/deployment';
import type { Json, JsonObject } from '../json';
import { findingAt } from './finding';
import { complaintOf, laterRemedyOf, requiredByBranches } from './schema-complaint';
import { type DocumentKind, pointerPath, type SourceDocument } from './source-document';
import { suggestion } from './suggestion';

/** The JSON Schema of a dealership's settings: what `settings` is in expressions. */
export const settingsJsonSchema = settingsSchema as unknown as JsonObject;

const documentSchemas: Record<DocumentKind, object> = {
  process: processSchema,
  form: formSchema,
  decision: decisionSchema,
  register: registerSchema,
  report: reportSchema,
  template: templateSchema,
  calendar: calendarSchema,
  duty: dutySchema,
  dealership: dealershipSchema,
  overlay: overlaySchema,
  scenario: scenarioSchema,
  workload: workloadSchema,
};

/** Sets of validators: of every deviation, of the first one alone, and of whether there is one. */
const every = {
  allErrors: true,
  verbose: true,
  validators: new Map<DocumentKind, ValidateFunction>(),
  ajv: undefined as Ajv2020 | undefined,
};
const first = { ...every, allErrors: false, validators: new Map<DocumentKind, ValidateFunction>() };
const any = { ...first, verbose: false, validators: new Map<DocumentKind, ValidateFunction>() };

function checker(deviations: typeof every): Ajv2020 {
  if (deviations.ajv !== undefined) return deviations.ajv;
  const { allErrors, verbose } = deviations;
  const ajv = new Ajv2020({ allErrors, verbose, strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true });
  addFormats(ajv, ['uri', 'date', 'date-time', 'email']);
  ajv.addFormat('money', /^-?\d{1,16}\.\d{2}$/u);
  ajv.addKeyword('x-wanted');
  ajv.addKeyword('x-instead');
  ajv.addKeyword('x-names');
  ajv.addSchema(commonSchema, 'common.json');
  ajv.addSchema(settingsSchema, 'settings.json');
  ajv.addSchema(decisionSchema, 'decision.json');
  deviations.ajv = ajv;
  return ajv;
}

function validatorOf(kind: DocumentKind, deviations: typeof every): ValidateFunction {
  const known = deviations.validators.get(kind);
  if (known !== undefined) return known;
  const validator = checker(deviations).compile(documentSchemas[kind]);
  deviations.validators.set(kind, validator);
  return validator;
}

/** Deviations that are looked at: each is compared with the others. */
const mostErrors = 300;
/** Values of a document beyond which its first deviation alone is told: more of them would take longer to find than anybody waits. */
const manyValues = 15_000;

/** Checks a document against the JSON Schema of its kind; each deviation is one finding where it stands. */
export function checkSchema(document: SourceDocument): Finding[] {
  // most of thousands of scenarios deviate in nothing, and whether one does is found sooner than in what
  if (document.kind === 'scenario' && validatorOf(document.kind, any)(document.value)) return [];
  const validate = validatorOf(document.kind, countValues(document.value) > manyValues ? first : every);
  if (validate(document.value)) return [];
  return toldOnce(essential((validate.errors ?? []).slice(0, mostErrors)).map((error) => toFinding(document, error)));
}

/** What is told of a key and of its value in the same words is told of the value alone. */
function toldOnce(findings: readonly Finding[]): Finding[] {
  const last = new Map(findings.map((finding) => [`${finding.line} ${finding.rule} ${finding.message} ${finding.remedy}`, finding]));
  return findings.filter((finding) => last.get(`${finding.line} ${finding.rule} ${finding.message} ${finding.remedy}`) === finding);
}

function countValues(value: Json): number {
  if (value === null || typeof value !== 'object') return 1;
  return Object.values(value).reduce((sum: number, part) => sum + countValues(part as Json), 1);
}

function toFinding(document: SourceDocument, error: ErrorObject): Finding {
  const path = pointerPath(error.instancePath);
  const key: unknown = error.params['additionalProperty'] ?? error.propertyName;
  const complaint = complaintOf(error, document.at(path) as Json, () => document.written(path));
  if (typeof key === 'string') return findingAt(document.place([...path, key], 'key'), complaint);
  const part = error.keyword === 'required' || isAlternative(error) ? 'key' : 'value';
  return findingAt(document.place(path, part), complaint);
}

/** Leaves out what only repeats or follows from another error. */
function essential(errors: readonly ErrorObject[]): ErrorObject[] {
  const alternatives = errors.filter((error) => isAlternative(error) && !isChosen(error, errors));
  const chosen = new Set(errors.filter((error) => isAlternative(error) && isChosen(error, errors)).map(({ instancePath }) => instancePath));
  const unknownKeys = errors.filter((error) => error.keyword === 'additionalProperties');
  return errors.filter((error) => {
    if (error.keyword === 'propertyNames' || error.keyword === 'if') return false;
    if (chosen.has(error.instancePath) && ofOthers.has(error.keyword)) return false;
    if (/\/(oneOf|anyOf)\/\d+\/(required|not)$/u.test(error.schemaPath)) return false;
    if (unknownKeys.some((unknown) => unknown.instancePath === error.instancePath && explains(unknown, error))) return false;
    return !alternatives.some((alternative) => alternative !== error && swallows(alternative, error));
  });
}

/** An unknown key explains what is missing beside it: it stands in its place, misspelt or not supported yet. */
function explains(unknown: ErrorObject, error: ErrorObject): boolean {
  if (!isAlternative(error) && !['required', 'minProperties', 'maxProperties'].includes(error.keyword)) return false;
  if (laterRemedyOf(unknown) !== undefined) return true;
  const missing = isAlternative(error) ? requiredByBranches(error) : [];
  const key = String(unknown.params['additionalProperty']);
  return (
    suggestion(
      key,
      [...missing, String(error.params['missingProperty'] ?? '')].filter((name) => name !== ''),
    ) !== undefined
  );
}

function isAlternative(error: ErrorObject): boolean {
  return error.keyword === 'oneOf' || error.keyword === 'anyOf';
}

/** What only says that a value is none of the other alternatives. */
const ofOthers: ReadonlySet<string> = new Set(['type', 'pattern', 'enum', 'const', 'oneOf', 'anyOf']);

/** Whether it is clear which alternative is meant: all that is wrong but its kind is wrong in one of them, the one that is a map or a list. */
function isChosen(alternative: ErrorObject, errors: readonly ErrorObject[]): boolean {
  if (requiredByBranches(alternative).length > 0) return false;
  const { instancePath } = alternative;
  const inside = errors.filter((error) =>
    error.instancePath === instancePath ? !ofOthers.has(error.keyword) : error.instancePath.startsWith(`${instancePath}/`),
  );
  const within = /\/(?:properties|patternProperties|additionalProperties|items|prefixItems|required)(?:\/.*)?$/u;
  return new Set(inside.map(({ schemaPath }) => schemaPath.replace(within, ''))).size === 1;
}

/** An alternative between whole values speaks for everything inside; one between keys only for itself. */
function swallows(alternative: ErrorObject, error: ErrorObject): boolean {
  if (requiredByBranches(alternative).length > 0) return false;
  if (isAlternative(error) && error.instancePath === alternative.instancePath) return false;
  return error.instancePath === alternative.instancePath || error.instancePath.startsWith(`${alternative.instancePath}/`);
}
