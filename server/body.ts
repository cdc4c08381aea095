import type { IncomingMessage } from 'node:http';
import express, { type RequestHandler } from 'express';
import { isStorable } from '../db/json-text';
import { SHEET_LIMITS } from '../rendering/spreadsheet/sheet';
import { assertMayDeploy } from './access';
import { UPLOAD_BYTES } from './compiler/read-upload';
import { ApiError } from './problem';
import { callerOf } from './request';

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

/** JSON writes some characters of a text with two; a zip archive is smaller than what is in it. */
const UPLOAD_BODY_BYTES = 2 * UPLOAD_BYTES;

/**
 * Reads an upload of definitions, of administrators alone: JSON, or a zip archive, which becomes `{ zip: <base64> }`. What its texts hold is the
 * compiler's matter: it says where.
 */
export function uploadBody(): RequestHandler[] {
  return [
    (req, res, next) => {
      if (req.method === 'POST') assertMayDeploy(callerOf(res));
      next();
    },
    express.json({ limit: UPLOAD_BODY_BYTES, strict: false, type: 'application/json', verify: checkDepth }),
    express.raw({ limit: UPLOAD_BYTES, type: 'application/zip' }),
    (req, res, next) => {
      if (req.body !== undefined) res.locals['isUpload'] = true;
      if (Buffer.isBuffer(req.body)) req.body = { zip: req.body.toString('base64') };
      next();
    },
  ];
}

/** Files of rows, as their media types say. */
const sheetTypes = {
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/csv': 'csv',
} as const;

/** Reads a file of rows, which becomes `{ format, file: <base64>, … }` with what the query says of it: so a repetition is known by both. */
export function sheetBody(): RequestHandler[] {
  return [
    express.raw({ limit: SHEET_LIMITS.bytes, type: Object.keys(sheetTypes) }),
    (req, res, next) => {
      const type = Object.entries(sheetTypes).find(([name]) => req.is(name) !== false);
      if (!Buffer.isBuffer(req.body) || type === undefined) throw new ApiError('media-type-unsupported');
      res.locals['isUpload'] = true;
      req.body = { format: type[1], file: req.body.toString('base64'), ...req.query };
      next();
    },
  ];
}

const checkContent: RequestHandler = (req, res, next) => {
  if (res.locals['isUpload'] === true) return next();
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
