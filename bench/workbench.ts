import path from 'node:path';
import { putAccount } from '../db/account-repository';
import { openDatabase } from '../db/database';
import { publishDealership } from '../db/definition-repository';
import { migrate } from '../db/migrations';
import { compileFolder } from '../server/definitions-folder';
import { projectRoot } from '../server/platform/project-root';

/** The one user of the bench, who may do everything. */
export const WORKER_ACCOUNT = { username: 'bench@workbench', password: 'neiqin' };

/** Brings a database up to date and publishes the dealership of the bench with its one user. */
export async function createWorkbench(databaseUrl: string): Promise<void> {
  await migrate(databaseUrl);
  const db = openDatabase(databaseUrl, { applicationName: 'neiqin-bench' });
  try {
    for (const dealership of compileFolder(path.join(projectRoot, 'bench', 'definitions'))) {
      await publishDealership(db, dealership);
      const { username, password } = WORKER_ACCOUNT;
      await putAccount(db, { username, dealership: dealership.id, roles: Object.keys(dealership.roles) }, password);
    }
  } finally {
    await db.close();
  }
}
