/** Milliseconds of processor time that some work takes in this process: what else the machine does counts less than by the clock. */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
