import path from 'node:path';
import { noop } from '../activities/connectors/noop';
import { putAccount } from '../db/account-repository';
import { openDatabase } from '../db/database';
import { publishDealership } from '../db/definition-repository';
import { migrate } from '../db/migrations';
import type { CompiledDealership } from '../engine/compile/deployment';
import { compileFolder } from '../server/definitions-folder';
import { projectRoot } from '../server/platform/project-root';

const PLACEHOLDER = 'bench.noop';

/** The one user of the bench, who may do everything. */
export const WORKER_ACCOUNT = { username: 'bench@workbench', password: 'neiqin' };

/** Brings a database up to date and publishes the dealership of the bench with its one user. */
export async function createWorkbench(databaseUrl: string): Promise<void> {
  await migrate(databaseUrl);
  const db = openDatabase(databaseUrl, { applicationName: 'neiqin-bench' });
  try {
    for (const dealership of compileFolder(path.join(projectRoot, 'bench', 'definitions'))) {
      nameNoop(dealership);
      await publishDealership(db, dealership);
      const { username, password } = WORKER_ACCOUNT;
      await putAccount(db, { username, dealership: dealership.id, roles: Object.keys(dealership.roles) }, password);
    }
  } finally {
    await db.close();
  }
}

/** The connector that does nothing has a name that no document can write: the documents of the bench write another in its place. */
function nameNoop({ processes }: CompiledDealership): void {
  for (const { model } of Object.values(processes)) {
    for (const node of Object.values(model.nodes)) {
      if (node.kind === 'serviceTask' && node.connector === PLACEHOLDER) Object.assign(node, { connector: noop.name });
    }
  }
}
