import { durationMs } from '../runtime/durations';

/** How long a published message is kept, in milliseconds; not at all where nothing is said, undefined where the text is no such duration. */
export function timeToLiveMs(duration: string | undefined): number | undefined {
  return duration === undefined ? 0 : durationMs(duration);
}
