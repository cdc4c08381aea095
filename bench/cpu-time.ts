import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Clock ticks a second in /proc; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU seconds used so far: by the trees of named processes, and by the whole machine. */
export interface CpuSample {
  byName: Record<string, number>;
  machine: number;
}

/** CPU seconds between two samples. `foreignShare`: the part of all cores that others used, from 0 to 1. */
export interface CpuUse {
  seconds: Record<string, number>;
  foreignShare: number;
  busyShare: number;
}

/** Reads /proc; on other systems everything is zero. A process counts with its descendants, but for those that have a name themselves. */
export function sampleCpu(pids: Readonly<Record<string, number>>): CpuSample {
  const processes = readProcesses();
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of processes) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const roots = new Set(Object.values(pids));
  const total = (pid: number): number => {
    const own = processes.get(pid)?.seconds ?? 0;
    return (children.get(pid) ?? []).filter((child) => !roots.has(child)).reduce((sum, child) => sum + total(child), own);
  };
  return { byName: Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, total(pid)])), machine: machineSeconds() };
}

export function cpuBetween(before: CpuSample, after: CpuSample, wallSeconds: number): CpuUse {
  const seconds = Object.fromEntries(
    Object.entries(after.byName).map(([name, value]) => [name, Math.max(0, value - (before.byName[name] ?? 0))]),
  );
  const capacity = wallSeconds * cpus().length;
  const busy = after.machine - before.machine;
  const own = Object.values(seconds).reduce((sum, value) => sum + value, 0);
  return { seconds, foreignShare: Math.max(0, busy - own) / capacity, busyShare: busy / capacity };
}

function readProcesses(): Map<number, { parent: number; seconds: number }> {
  const processes = new Map<number, { parent: number; seconds: number }>();
  for (const name of listProc()) {
    const stat = read(`/proc/${name}/stat`);
    const [, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // utime, stime, and those of children that have ended: a backend of PostgreSQL counts after its end too
    const ticks = rest.slice(9, 13).reduce((sum, field) => sum + Number(field), 0);
    if (parent !== undefined) processes.set(Number(name), { parent: Number(parent), seconds: ticks / TICKS_PER_SECOND });
  }
  return processes;
}

function machineSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = read('/proc/stat')
    .split('\n', 1)
    .flatMap((line) => line.trim().split(/\s+/).slice(1).map(Number));
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

function listProc(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
