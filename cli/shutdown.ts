import closeWithGrace from 'close-with-grace';
import type { Progress } from '../server/platform/problem';
import { reportFailure } from './terminal';

/** Ends what was started, the last first. */
export interface Shutdown {
  readonly onStop: (name: string, stop: () => Promise<void>) => void;
  /** Ends everything because of a failure, which decides the exit code. */
  readonly fail: (error: unknown) => void;
}

const signals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;
/** npm passes the terminal's Ctrl-C on, so that it comes twice; only a second one after this time means "at once". */
const IMPATIENT_AFTER_MS = 1500;
const SHUTDOWN_WITHIN_MS = 90_000;

/**
 * Ends everything in order on a signal, on an uncaught error, and on `fail`; then the process exits: with 0 after a signal, otherwise
 * with the failure's code. A second signal ends the process at once (the servers' guardians then end the servers).
 */
export function installShutdown(progress: Progress): Shutdown {
  const parts: { name: string; stop: () => Promise<void> }[] = [];
  let failure: { error: unknown } | undefined;
  let signalledAt: number | undefined;
  let closing = false;
  const close = (): void => {
    if (!closing) grace.close();
  };

  const grace = closeWithGrace(
    {
      delay: SHUTDOWN_WITHIN_MS,
      skip: [...signals, 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGUSR2'],
      logger: false,
    },
    async ({ err }) => {
      closing = true;
      if (err !== undefined) failure ??= { error: err };
      let exitCode = failure === undefined ? 0 : reportFailure(failure.error);
      for (const { name, stop } of parts.reverse()) {
        progress(`stopping ${name} …`);
        await stop().catch((error: unknown) => {
          exitCode ||= 1;
          progress(`${name} did not stop in order: ${(error as Error).message}`);
        });
      }
      if (parts.length > 0) progress('stopped.');
      process.exit(exitCode);
    },
  );
  for (const signal of signals) {
    process.on(signal, () => {
      if (signalledAt !== undefined && Date.now() - signalledAt > IMPATIENT_AFTER_MS) process.exit(1);
      close();
      signalledAt ??= Date.now();
    });
  }
  // npm runs us by a shell, and a signal to npm reaches that shell alone: when it goes, we have been asked to end.
  if (process.env['npm_lifecycle_event'] !== undefined) {
    const shell = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === shell) return;
      clearInterval(watch);
      close();
    }, 250);
    watch.unref();
  }
  return {
    onStop: (name, stop) => void parts.push({ name, stop }),
    fail: (error) => {
      failure ??= { error };
      close();
    },
  };
}
