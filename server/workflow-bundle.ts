import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

/**
 * The workflow code as one bundle, made once per build and kept beside it, since making it takes seconds.
 *
 * @param workflowsDir folder of `index.ts` or `index.js`
 * @param keepIn folder for the finished bundle
 */
export async function workflowBundle(workflowsDir: string, keepIn: string): Promise<{ codePath: string }> {
  const root = path.dirname(workflowsDir);
  const fingerprint = fingerprintOf([workflowsDir, path.join(root, 'engine', 'runtime'), path.join(root, 'engine', 'feel')]);
  const codePath = path.join(keepIn, `workflow-bundle-${fingerprint}.js`);
  if (existsSync(codePath)) return { codePath };
  const entry = ['index.ts', 'index.js'].map((name) => path.join(workflowsDir, name)).find((file) => existsSync(file));
  if (entry === undefined) throw new Error(`invariant: there is no index in "${workflowsDir}"`);
  const bundle: WorkflowBundleWithSourceMap = await bundleWorkflowCode({ workflowsPath: entry, logger: quiet });
  mkdirSync(keepIn, { recursive: true });
  const temporary = `${codePath}.${process.pid}`;
  writeFileSync(temporary, bundle.code);
  renameSync(temporary, codePath);
  return { codePath };
}

function fingerprintOf(folders: string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const file of readdirSync(folder).sort()) {
      if (/\.(ts|js)$/.test(file) && !/\.(test|d)\.ts$/.test(file)) hash.update(file).update(readFileSync(path.join(folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

const nothing = () => undefined;
const quiet = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: console.warn, error: console.error };
