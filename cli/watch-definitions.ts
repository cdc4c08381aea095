import { watch } from 'node:fs';

/** Milliseconds that an editor has to write a file, before it is read. */
const settleMs = 50;

/** Calls back after each change of a definition file in the folders, once for changes that come together, one call after the other, until the process ends. */
export function watchDefinitions(folders: Iterable<string>, changed: () => Promise<void>): void {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  for (const folder of folders) {
    watch(folder, { recursive: true }, (_, file) => {
      if (file === null || !/\.ya?ml$/u.test(file)) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        running = running.then(changed);
      }, settleMs);
    });
  }
}
