import { ApplicationFailure } from '@temporalio/activity';
import type { Json, JsonObject } from '../../engine/json';
import type { Attempt } from '../connector';
import { secretVariable } from './secret-variable';

const CONCEALED = '…';

/**
 * Does work with secrets where the definition itself has `{ secret: NAME }`. What data of a case say is data, also where it looks like that: nobody who
 * fills in a form can have a secret sent. Results and errors come back without the secrets, in whatever form another system has given them back.
 */
export async function withSecrets(input: JsonObject, attempt: Attempt, work: (input: JsonObject) => Promise<Json>): Promise<Json> {
  const { revealed, forms } = reveal(input, attempt);
  try {
    return concealed(await work(revealed), forms);
  } catch (error) {
    throw forms.length === 0 ? error : concealedError(error, forms);
  }
}

function reveal(input: JsonObject, attempt: Attempt): { revealed: JsonObject; forms: string[] } {
  const known = new Set<string>();
  const plainOf = (name: string): string => {
    const value = attempt.surroundings.secretOf(attempt.dealership, name);
    if (value === undefined || value === '') {
      const remedy = `set ${secretVariable(attempt.dealership, name)} where the worker runs`;
      throw ApplicationFailure.retryable(`secret "${name}" of "${attempt.dealership}" has no value; ${remedy}`, 'secret-missing');
    }
    for (const form of formsOf(value)) known.add(form);
    return value;
  };
  const revealed = (attempt.secrets ?? []).reduce(
    (whole: Json, pointer) => replaced(whole, pointer.split('/').slice(1).map(unescaped), (one) => textOf(one, plainOf)),
    input,
  );
  return { revealed: revealed as JsonObject, forms: [...known].sort((a, b) => b.length - a.length) };
}

function textOf(reference: Json, plainOf: (name: string) => string): Json {
  const { secret, prefix = '', suffix = '' } = reference as JsonObject;
  return `${prefix}${plainOf(String(secret))}${suffix}`;
}

function replaced(value: Json, path: readonly string[], change: (value: Json) => Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === step ? replaced(item, rest, change) : item));
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return value;
  return { ...value, [step]: replaced(value[step] as Json, rest, change) };
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** How a secret may come back: as it is, as part of an address, in Base64. */
function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  return [secret, encoded, encoded.replaceAll('%20', '+'), encodeURI(secret), Buffer.from(secret).toString('base64')];
}

function concealedError(error: unknown, forms: readonly string[]): Error {
  const message = withoutForms((error as Error).message, forms);
  if (!(error instanceof ApplicationFailure)) return new Error(message);
  return new ApplicationFailure(message, error.type, error.nonRetryable, error.details, undefined, error.nextRetryDelay);
}

function concealed(value: Json, forms: readonly string[]): Json {
  if (typeof value === 'string') return withoutForms(value, forms);
  if (typeof value === 'number') return forms.includes(String(value)) ? CONCEALED : value;
  if (Array.isArray(value)) return value.map((item) => concealed(item, forms));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [withoutForms(key, forms), concealed(member, forms)]));
}

function withoutForms(text: string, forms: readonly string[]): string {
  return forms.reduce((rest, form) => rest.replaceAll(form, CONCEALED), text);
}
