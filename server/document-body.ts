import { createHash } from 'node:crypto';
import express, { type RequestHandler } from 'express';
import { DOCUMENT_BYTES } from '../db/document-repository';
import { ApiError } from './problem';

/** A file as a person hands it in. */
export interface HandedIn {
  mediaType: string;
  content: Buffer;
}

const zip = Buffer.from('PK\u0003\u0004', 'latin1');

/** The kinds of files that are taken, with the bytes that each begins with; null: a text. */
const kinds: Record<string, Buffer | null> = {
  'application/pdf': Buffer.from('%PDF-', 'latin1'),
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': zip,
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': zip,
  'image/png': Buffer.from([0x89, 0x50, 0x4e, 0x47]),
  'image/jpeg': Buffer.from([0xff, 0xd8, 0xff]),
  'text/csv': null,
  'text/plain': null,
};

/** Reads a file of bounded size into `res.locals.document`; the body becomes what is said of it, so that a repetition is known by its sha-256. */
export function documentBody(): RequestHandler[] {
  return [
    express.raw({ limit: DOCUMENT_BYTES, type: Object.keys(kinds) }),
    (req, res, next) => {
      const kind = Object.entries(kinds).find(([type]) => req.is(type) !== false);
      if (!Buffer.isBuffer(req.body) || kind === undefined) throw new ApiError('media-type-unsupported');
      const [mediaType, begin] = kind;
      const content = req.body;
      const fits = begin === null ? !content.includes(0) : content.subarray(0, begin.length).equals(begin);
      if (content.length === 0 || !fits) throw new ApiError('media-type-unsupported');
      res.locals['isUpload'] = true;
      res.locals['document'] = { mediaType, content } satisfies HandedIn;
      req.body = { mediaType, sha256: createHash('sha256').update(content).digest('hex'), ...req.query };
      next();
    },
  ];
}
