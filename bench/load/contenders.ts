import { openEngine } from './engine';
import { openHandWritten } from './hand-written';
import type { Contender } from './order-case';
import { openFlowable, openOperaton } from './peers';

/** How the load generator reaches a contender. */
export type ContenderAddress =
  | { kind: 'handWritten'; temporalAddress: string; databaseUrl: string }
  | { kind: 'engine'; url: string; databaseUrl: string; username: string; password: string }
  | { kind: 'operaton' | 'flowable'; url: string };

export async function openContender(address: ContenderAddress): Promise<Contender> {
  switch (address.kind) {
    case 'handWritten':
      return openHandWritten(address);
    case 'engine':
      return openEngine(address);
    case 'operaton':
      return openOperaton(address.url);
    case 'flowable':
      return openFlowable(address.url);
  }
}
