import { Worker } from 'node:worker_threads';
import { compileFolder } from './compile-folder';
import { compileUpload } from './compile-upload';
import { FrameReader, frameOf, type Job, type Told } from './protocol';

/** Looks every second, beside whatever goes on, whether the parent is still there: a job that never ends would outlive it. */
const WATCH = `
  const { workerData } = require('node:worker_threads');
  setInterval(() => process.ppid === workerData || process.kill(process.pid, 'SIGKILL'), 1000);
`;

/**
 * The child process that compiles what was uploaded and what the definitions folder holds: one job after another from its standard input, what it says to its standard output. It ends
 * with its parent, and whenever its parent or the engine's own limits end it.
 */
function serve(): void {
  new Worker(WATCH, { eval: true, workerData: process.ppid }).unref();
  const tell = (told: Told): void => void process.stdout.write(frameOf(told));
  const jobs = new FrameReader<Job>((job) => {
    try {
      const reading = (path: string): void => tell({ reading: path });
      tell({ outcome: 'upload' in job ? compileUpload(job, reading) : compileFolder(job, reading) });
    } catch (error) {
      tell({ failure: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown' });
    }
  });
  process.stdin.on('data', (chunk: Buffer) => jobs.push(chunk));
  process.stdin.on('end', () => process.exit(0));
}

serve();
