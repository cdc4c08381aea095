import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RequestHandler } from 'express';
import { middleware } from 'express-openapi-validator';
import type { OpenAPIV3 } from 'express-openapi-validator/dist/framework/types';
import { parse } from 'yaml';
import { projectRoot } from './platform/project-root';
import { ApiError, type ProblemError } from './problem';

/** The contract as it is written, parsed. */
export function readContract(): OpenAPIV3.DocumentV3_1 {
  return parse(readFileSync(path.join(projectRoot, 'server', 'openapi.yaml'), 'utf8')) as OpenAPIV3.DocumentV3_1;
}

/** Checks requests against the contract and, where wanted, answers as well. Rights are not its matter. */
export function contractCheck(contract: OpenAPIV3.DocumentV3_1, validateResponses: boolean): RequestHandler[] {
  return middleware({
    // the validator writes into its document
    apiSpec: structuredClone(contract),
    validateApiSpec: false,
    validateSecurity: false,
    validateRequests: { allowUnknownQueryParameters: false, allErrors: true },
    validateResponses,
    fileUploader: false,
  }) as RequestHandler[];
}

interface ContractError {
  status: number;
  path?: string;
  headers?: Record<string, string>;
  errors?: { path: string; message: string; errorCode?: string }[];
}

/** The problem that a complaint of the validator is; undefined where it is not one of a request. */
export function problemOfContract(error: ContractError): ApiError | undefined {
  if (!Array.isArray(error.errors)) return undefined;
  if (error.status === 404) return new ApiError('not-found');
  if (error.status === 405) return new ApiError('method-not-allowed', error.headers === undefined ? {} : { headers: error.headers });
  if (error.status === 415) return new ApiError('media-type-unsupported');
  return error.status === 400 ? new ApiError('invalid-request', { errors: error.errors.map(fieldOf) }) : undefined;
}

function fieldOf({ path: place, message, errorCode }: { path: string; message: string; errorCode?: string }): ProblemError {
  const code = (errorCode ?? 'invalid').replace(/\.openapi\..*$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { pointer: place.replace(/^\/body/, ''), code, detail: message };
}
