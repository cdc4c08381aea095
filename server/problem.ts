import type { Finding } from '../engine/compile/deployment';
import type { Json, JsonObject } from '../engine/json';
import type { FieldError, Locale } from '../engine/language/form-data';
import type { Refusal, RefusalCode } from '../engine/runtime/events';
import en from './messages/en.json';
import zh from './messages/zh.json';

const texts: Record<Locale, Record<string, { title: string; detail: string }>> = { zh, en };

/** Codes of problem documents: each has texts in both languages. */
export type ProblemCode = keyof typeof en;

/** The HTTP status of each code. */
const statuses: Record<ProblemCode, number> = {
  'invalid-request': 400,
  'invalid-json': 400,
  'body-too-large': 413,
  'body-too-deep': 400,
  'text-not-storable': 400,
  'media-type-unsupported': 415,
  'method-not-allowed': 405,
  'not-found': 404,
  unauthenticated: 401,
  'login-failed': 401,
  'too-many-attempts': 429,
  forbidden: 403,
  'not-a-starter': 403,
  'not-a-publisher': 403,
  'process-not-startable': 409,
  'form-invalid': 422,
  'business-key-invalid': 422,
  'business-key-taken': 409,
  'assignee-unknown': 422,
  'recipient-unknown': 422,
  'cursor-invalid': 400,
  'idempotency-key-invalid': 400,
  'idempotency-key-reused': 422,
  'no-answer': 503,
  unavailable: 503,
  'internal-error': 500,
  'task-not-found': 404,
  'task-not-open': 409,
  'task-already-assigned': 409,
  'not-a-candidate': 403,
  'not-the-assignee': 409,
  'excluded-by-four-eyes': 403,
  'assignee-not-a-candidate': 422,
  'outcome-unknown': 422,
  'outcome-missing': 422,
  'instance-not-active': 409,
  'incident-not-found': 409,
  'variable-unknown': 422,
  'message-not-awaited': 409,
  'value-too-large': 422,
  'process-suspended': 409,
  'not-a-substitute': 403,
  'substitution-overlaps': 409,
  'substitution-invalid': 422,
  'signal-not-awaited': 409,
  'not-the-same-person': 403,
  'task-locked': 409,
  'task-delegated': 409,
  'not-allowed-here': 409,
  'return-target-unknown': 422,
  'return-target-not-done': 409,
  'return-has-effects': 409,
  'returned-too-often': 409,
  'nothing-to-withdraw': 409,
  'next-has-begun': 409,
  'signer-unknown': 409,
  'signer-known-already': 409,
  'last-signer': 409,
  'urged-too-often': 429,
  'case-suspended': 409,
  'case-not-suspended': 409,
  'activity-not-found': 409,
  'too-many-instances': 409,
  'value-invalid': 422,
  'engine-error': 500,
  'deployment-refused': 422,
  'row-conflict': 409,
  'row-changed': 412,
  'row-invalid': 422,
  'row-reference-missing': 422,
  'column-not-writable': 403,
  'search-invalid': 422,
  'export-too-large': 422,
  'report-too-large': 422,
  'report-invalid': 422,
  'file-invalid': 422,
};

/** The engine knows open tasks only: to the caller one that is gone is not found, unless the rows say what became of it. */
const renamed: Partial<Record<RefusalCode, ProblemCode>> = { 'task-not-found': 'not-found' };

/** The problem code that a refusal of the engine becomes. */
export function problemCodeOf(code: RefusalCode): ProblemCode {
  return renamed[code] ?? (code as ProblemCode);
}

/** A field that is not right, as problem documents list it. */
export interface ProblemError {
  pointer: string;
  code: string;
  detail: string;
}

export interface ProblemExtras {
  /** Facts for the caller: who and when. */
  details?: JsonObject;
  errors?: ProblemError[];
  /** What is wrong with definitions. */
  findings?: Finding[];
  /** Fills the `{…}` of the texts. */
  params?: Record<string, string | number>;
  headers?: Record<string, string>;
}

/** An answer other than success, thrown by whatever finds it. */
export class ApiError extends Error {
  override name = 'ApiError';
  constructor(
    readonly code: ProblemCode,
    readonly extras: ProblemExtras = {},
  ) {
    super(code);
  }
  /** Not `status`: body-parser writes that one on the errors that pass it. */
  get httpStatus(): number {
    return statuses[this.code];
  }
}

/** The error of a refusal by the engine. */
export function refused(refusal: Refusal): ApiError {
  const details = refusal.details ?? {};
  const allowed = Array.isArray(details['allowed']) ? details['allowed'].join(', ') : '';
  const params = { reason: refusal.message, outcomes: allowed, assignee: String(details['assignee'] ?? '') };
  const hasDetails = refusal.details !== undefined;
  return new ApiError(problemCodeOf(refusal.code), { params, ...(hasDetails ? { details } : {}) });
}

/** The error of form data that is not right. */
export function formInvalid(errors: FieldError[]): ApiError {
  return new ApiError('form-invalid', { errors: errors.map(({ pointer, code, message }) => ({ pointer, code, detail: message })) });
}

/** What a problem document says about its request. */
export interface ProblemContext {
  instance: string;
  traceId: string;
  locale: Locale;
}

export interface ProblemDocument extends JsonObject {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  traceId: string;
}

/** The problem document (RFC 9457) of an error, in the language of the request. */
export function problemOf(error: ApiError, context: ProblemContext): ProblemDocument {
  const text = texts[context.locale][error.code] as { title: string; detail: string };
  const { details, errors, findings, params } = error.extras;
  return {
    type: `urn:neiqin:problem:${error.code}`,
    title: text.title,
    status: error.httpStatus,
    detail: filled(text.detail, params ?? {}),
    instance: context.instance,
    code: error.code,
    traceId: context.traceId,
    ...(details === undefined ? {} : { details }),
    ...(errors === undefined ? {} : { errors: errors as unknown as Json }),
    ...(findings === undefined ? {} : { findings: findings as unknown as Json }),
  };
}

function filled(text: string, params: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''));
}

/** The media type of problem documents. */
export const PROBLEM_TYPE = 'application/problem+json';
