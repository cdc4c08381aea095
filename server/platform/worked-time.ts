import { readFileSync } from 'node:fs';

/** Milliseconds that this process has worked since it began: unlike the time on a clock they are the same on a busy machine. */
export function workedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Ticks of a second in which Linux counts the work of a process (USER_HZ, the same on all its platforms that Node.js runs on). */
const TICKS = 100;

/** The same of another process, to a hundredth of a second; undefined where the system does not show it. */
export function workedMsOf(pid: number): number | undefined {
  try {
    const [, fields = ''] = /\) (.*)$/su.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    // proc(5): utime and stime are the 14th and 15th, the state, which is the 3rd, comes after the name in parentheses
    const [user, system] = fields.split(' ').slice(11, 13).map(Number);
    const ticks = (user ?? Number.NaN) + (system ?? Number.NaN);
    return Number.isFinite(ticks) ? (ticks * 1_000) / TICKS : undefined;
  } catch {
    return undefined;
  }
}
