import type { Logger } from 'pino';

/** Work that is repeated with a pause between; one run at a time, and a failure is logged and does not end it. */
export interface Recurring {
  /** Resolves when the run that is under way has ended. */
  stop(): Promise<void>;
}

/** Runs `work` every `pauseMs`, counted from the end of the run before; the first time after `firstMs`, or a pause. */
export function every(pauseMs: number, work: () => Promise<unknown>, logger: Logger, firstMs: number = pauseMs): Recurring {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const next = (waitMs: number): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = work()
        .then(
          () => undefined,
          (error: unknown) => logger.warn({ err: error }, 'recurring work failed'),
        )
        .then(() => next(pauseMs));
    }, waitMs);
  };
  next(firstMs);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
