import { noopSignature } from '../../engine/connectors/outside';
import type { Connector } from '../connector';

/** `system.noop`: does nothing and answers null; for drafts of a process and for measurements. */
export const noop: Connector = { name: 'system.noop', ...noopSignature, run: async () => null };
