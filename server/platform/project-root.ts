import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder that holds package.json, be it asked from the sources or from `dist/`. Files that are not compiled are found from here. */
export const projectRoot: string = (function find(folder: string): string {
  return existsSync(path.join(folder, 'package.json')) ? folder : find(path.dirname(folder));
})(__dirname);
