import { ApplicationFailure } from '@temporalio/activity';
import { requestSignature } from '../../engine/connectors/outside';
import type { Json, JsonObject } from '../../engine/json';
import { type Attempt, bpmnError, type Connector } from '../connector';

/** Bytes of an answer that are read; a longer one is an error. */
const MAX_ANSWER_BYTES = 262_144;
/** Answers that may be different next time (RFC 9110, RFC 6585, RFC 8470). */
const WORTH_REPEATING = new Set([408, 425, 429]);

/**
 * `http.request`: asks another system over HTTP, with JSON in and out. The idempotency key goes with every attempt as `Idempotency-Key`.
 *
 * The output is `{status, body}`. No answer, 5xx, 408, 425 and 429 are tried again by the step's retry policy; any other status from 300
 * on is the BPMN error `http.<status>`, an answer that is too long or no JSON is `http.answer-invalid`. Redirects are not followed.
 */
export const httpRequest: Connector = {
  name: 'http.request',
  ...requestSignature,
  async run(input, attempt) {
    const response = await ask(input, attempt);
    const text = await readAnswer(response);
    if (response.status >= 500 || WORTH_REPEATING.has(response.status)) {
      throw ApplicationFailure.retryable(`${placeOf(input.url)} answered ${response.status}`, 'http-status');
    }
    if (response.status >= 300) throw bpmnError(`http.${response.status}`, `${placeOf(input.url)} answered ${response.status}`);
    return { status: response.status, body: parseAnswer(text, String(input.url)) };
  },
};

/** Where a request went, without its query, which may hold what nobody else should read. */
function placeOf(url: unknown): string {
  const { origin, pathname } = new URL(String(url));
  return origin + pathname;
}

async function ask(input: JsonObject, attempt: Attempt): Promise<Response> {
  const body = input.body === undefined ? undefined : JSON.stringify(input.body);
  try {
    return await fetch(String(input.url), {
      method: String(input.method ?? (body === undefined ? 'GET' : 'POST')),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headersOf(input),
        'idempotency-key': attempt.idempotencyKey,
      },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: attempt.signal,
    });
  } catch (error) {
    throw ApplicationFailure.retryable(`${placeOf(input.url)} did not answer: ${reasonOf(error)}`, 'http-no-answer');
  }
}

/** The step's headers; a key of its own would be joined with ours, and nobody could tell a repetition by that. */
function headersOf({ headers = {} }: JsonObject): Record<string, string> {
  const own = Object.entries(headers as Record<string, string>);
  return Object.fromEntries(own.filter(([name]) => name.toLowerCase() !== 'idempotency-key'));
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

async function readAnswer(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES)
        throw bpmnError('http.answer-invalid', `${placeOf(response.url)} answered more than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    throw ApplicationFailure.retryable(`${placeOf(response.url)} broke off its answer: ${reasonOf(error)}`, 'http-no-answer');
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseAnswer(text: string, url: string): Json {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw bpmnError('http.answer-invalid', `${placeOf(url)} answered something that is no JSON`);
  }
}
