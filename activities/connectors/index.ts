import type { Connector } from '../connector';
import { httpRequest } from './http-request';
import { noop } from './noop';

/** Every connector that a definition may name. */
export const CONNECTORS: readonly Connector[] = [httpRequest, noop];
