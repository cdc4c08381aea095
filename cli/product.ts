import type { Progress } from '../server/platform/problem';
import type { Settings } from '../server/platform/settings';

/** What every part of the product gets when it starts. */
export interface ProductContext {
  readonly settings: Settings;
  /** For the role that owns the database and may create roles. */
  readonly databaseUrl: string;
  /** HOST:PORT of Temporal's frontend. */
  readonly temporalAddress: string;
  readonly progress: Progress;
}

/** A part that runs until it is stopped. `stop` resolves when what was under way has ended. */
export interface RunningPart {
  readonly stop: () => Promise<void>;
}

/** An account that a person may log in with in demo mode. */
export interface DemoAccount {
  readonly username: string;
  readonly password: string;
}

/** Brings the database's schema up to date. Several may do so at once. */
export async function migrate(_context: Pick<ProductContext, 'databaseUrl' | 'progress'>): Promise<void> {}

/** Publishes what NEIQIN_DEFINITIONS holds; what is published already stays as it is. */
export async function publishDefinitions(_context: ProductContext): Promise<void> {}

/** Creates the demo dealerships with their accounts where they are missing, and tells who may log in. */
export async function createDemo(_context: ProductContext): Promise<readonly DemoAccount[]> {
  return [];
}

/** Starts a worker. */
export async function startWorker(_context: ProductContext): Promise<RunningPart> {
  return { stop: async () => undefined };
}

/** Starts the API on the address, and resolves once it answers. */
export async function startApi(_context: ProductContext, _address: { host: string; port: number }): Promise<RunningPart> {
  return { stop: async () => undefined };
}
