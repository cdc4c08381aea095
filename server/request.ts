import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Caller } from '../db/account-repository';
import type { Locale } from '../engine/language/form-data';
import type { LocalizedText } from '../engine/runtime/process-model';
import type { ProblemContext } from './problem';

/** What is known of a request before its route runs. */
export interface RequestContext {
  traceId: string;
  locale: Locale;
  caller?: Caller;
}

const acceptable = /^[\w.:-]{1,100}$/;

/** Gives each request its id (the caller's `x-request-id` where it has a sane one) and its language. */
export const requestContext: RequestHandler = (req, res, next) => {
  const given = req.get('x-request-id');
  const traceId = given !== undefined && acceptable.test(given) ? given : randomUUID();
  const locale: Locale = req.acceptsLanguages('zh', 'en') === 'en' ? 'en' : 'zh';
  res.locals['context'] = { traceId, locale } satisfies RequestContext;
  (req as { id?: string }).id = traceId;
  res.set({ 'x-request-id': traceId, 'Content-Language': locale, Vary: 'Accept-Language' });
  next();
};

/** The context of the request that `res` answers. */
export function contextOf(res: Response): RequestContext {
  return res.locals['context'] as RequestContext;
}

/** Who asks; only behind the authentication. */
export function callerOf(res: Response): Caller {
  const { caller } = contextOf(res);
  if (caller === undefined) throw new Error('invariant: this route stands behind the authentication');
  return caller;
}

/** What a problem document says about this request. */
export function problemContext(req: Request, res: Response): ProblemContext {
  const { traceId, locale } = contextOf(res);
  return { instance: pathOf(req), traceId, locale };
}

/** The path of a request without its query. */
export function pathOf(req: Request): string {
  return req.originalUrl.split('?', 1)[0] as string;
}

/** A text in the language of the request. */
export function textIn(text: LocalizedText | null | undefined, locale: Locale, fallback: string): string {
  return text?.[locale] ?? fallback;
}
