/** Milliseconds that this process has worked since it began: unlike the time on a clock they are the same on a busy machine. */
export function workedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
