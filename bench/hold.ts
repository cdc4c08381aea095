import { spawn } from 'node:child_process';

/**
 * Stops processes for as long as another contender is measured, so that its pollers, timers and archiving take nothing of the machine.
 * One that is stopped cannot see our end: a shell that reads a pipe from us lets it go on then.
 */
export function hold(pids: readonly number[]): void {
  for (const pid of pids) signal(pid, 'SIGSTOP');
}

/** Lets held processes go on. */
export function release(pids: readonly number[]): void {
  for (const pid of pids) signal(pid, 'SIGCONT');
}

/** Sees to it that these processes go on when we die, however we die. Answers how to call that off. */
export function releaseAtOurEnd(pids: readonly number[]): () => void {
  const script = 'read -r line || kill -s CONT "$@"';
  const guardian = spawn('/bin/sh', ['-c', script, 'guardian', ...pids.map(String)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  guardian.on('error', () => undefined);
  guardian.stdin.on('error', () => undefined);
  return () => void guardian.stdin.end('done\n');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended; whoever watches it tells
  }
}
