import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Makes a temporary folder for NEIQIN_DATA. Where the tests run as root, PostgreSQL's own account can enter it; otherwise its files would lie
 * elsewhere, and stay there when the folder is removed.
 */
export function makeDataFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'neiqin-test-'));
  chmodSync(folder, 0o711);
  return folder;
}
