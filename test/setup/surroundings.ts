import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Surroundings } from '../../activities/surroundings';

/** The surroundings of a demo server, whose mails are files in a folder of their own. Messages go nowhere. */
export function testSurroundings(more: Partial<Surroundings> = {}): Surroundings {
  return {
    network: { demo: true, openNetworks: [] },
    mail: { from: 'office@example.com', outbox: mkdtempSync(path.join(tmpdir(), 'neiqin-outbox-')) },
    secretOf: () => undefined,
    publish: async () => undefined,
    ...more,
  };
}
