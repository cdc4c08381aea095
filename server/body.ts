import type { IncomingMessage } from 'node:http';
import express, { type RequestHandler } from 'express';
import { isStorable } from '../db/json-text';
import { ApiError } from './problem';

export const BODY_LIMIT = '100kb';
const BODY_DEPTH = 32;

/** Reads a JSON body of bounded size and depth, with texts that can be stored. */
export function jsonBody(): RequestHandler[] {
  return [
    express.json({ limit: BODY_LIMIT, strict: false, type: ['application/json', 'application/*+json'], verify: checkDepth }),
    checkContent,
  ];
}

/** Looks at the bytes before they are parsed: recursive walkers come behind this. */
function checkDepth(_req: IncomingMessage, _res: unknown, body: Buffer): void {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index];
    if (quoted) {
      if (byte === 0x5c) index++;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x5b || byte === 0x7b) {
      depth++;
      if (depth > BODY_DEPTH) throw new ApiError('body-too-deep', { params: { limit: BODY_DEPTH } });
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
}

const checkContent: RequestHandler = (req, _res, next) => {
  const hasBody = req.get('content-length') !== undefined ? req.get('content-length') !== '0' : req.get('transfer-encoding') !== undefined;
  if (hasBody && req.body === undefined && req.method !== 'GET') throw new ApiError('media-type-unsupported');
  if (req.body === undefined) return next();
  if (!isStorable(req.body) || hasReservedName(req.body)) throw new ApiError('text-not-storable');
  next();
};

/** A key that JavaScript would take for the prototype. */
function hasReservedName(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.hasOwn(value, '__proto__')) return true;
  return Object.values(value).some(hasReservedName);
}
