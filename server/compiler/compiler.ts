import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Finding } from '../../engine/compile/deployment';
import { projectRoot } from '../platform/project-root';
import { workedMsOf } from '../platform/worked-time';
import {
  type CompileJob,
  type CompileOutcome,
  type FolderJob,
  type FolderOutcome,
  FRAME_BYTES,
  FrameReader,
  frameOf,
  type Job,
  type Told,
} from './protocol';
import { uploadFinding } from './read-upload';

/** Compiles uploads and folders in a process of its own. */
export interface Compiler {
  /**
   * Never rejects over what is in an upload: what costs too much is a finding. Jobs wait for each other.
   *
   * @throws {CompilerBusyError} where too many wait already
   */
  run(job: CompileJob): Promise<CompileOutcome>;
  /** As `run`, of all definitions of a folder. */
  runFolder(job: FolderJob): Promise<FolderOutcome>;
  /** Ends the process; a job that is under way is told as too costly. */
  close(): void;
  /** The process that is at work or waits for work; undefined while there is none. */
  readonly pid: number | undefined;
}

/** Too many jobs wait for the compiler. */
export class CompilerBusyError extends Error {
  override name = 'CompilerBusyError';
}

/** What one compilation may cost. */
export interface CompilerLimits {
  /** Milliseconds of work, where the system shows it; else on the clock. */
  ms: number;
  /** Of the heap, in MiB. */
  memoryMib: number;
  /** Jobs that wait or are at work. */
  jobs: number;
  /** Of the process, 0 to 19. Usually it is above the server's own: an upload must not make the others wait. */
  niceness: number;
}

const usual: CompilerLimits = { ms: 10_000, memoryMib: 512, jobs: 32, niceness: 10 };

/** How many times as long as it may work a job may take where others are at work on the machine. */
const MOST_WAITING = 6;
const LEAST_LOOK_MS = 100;

/** A compiler whose process begins with the first job, is used for all that follow, and is begun anew after it was ended. */
export function createCompiler(limits: Partial<CompilerLimits> = {}): Compiler {
  return new CompilerProcess({ ...usual, ...limits });
}

/** The compiled entry: beside this file, or in `dist/` where this one runs uncompiled. */
function entryFile(): string {
  const beside = path.join(__dirname, 'compiler-process.js');
  return existsSync(beside) ? beside : path.join(projectRoot, 'dist', 'server', 'compiler', 'compiler-process.js');
}

interface Asked {
  reading: string | undefined;
  settle(result: { outcome: CompileOutcome | FolderOutcome } | { ended: string }): void;
}

type JobResult = { reading: string | undefined } & ({ outcome: CompileOutcome | FolderOutcome } | { ended: string });

class CompilerProcess implements Compiler {
  #child: ChildProcess | undefined;
  #asked: Asked | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #jobs = 0;

  constructor(private readonly limits: CompilerLimits) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async run(job: CompileJob): Promise<CompileOutcome> {
    const result = await this.#next(job);
    if ('outcome' in result) return result.outcome as CompileOutcome;
    const first = result.reading ?? ('files' in job.upload ? job.upload.files[0]?.path : undefined) ?? 'upload';
    return { findings: [tooCostly(first, 'the upload', result.ended, 'make it simpler, or upload fewer files at once')], documents: [] };
  }

  async runFolder(job: FolderJob): Promise<FolderOutcome> {
    const result = await this.#next(job);
    if ('outcome' in result) return result.outcome as FolderOutcome;
    const first = result.reading ?? job.files[0]?.path ?? '';
    return { findings: [tooCostly(first, 'the folder', result.ended, 'make what is in it simpler')], documents: [], dealerships: [] };
  }

  async #next(job: Job): Promise<JobResult> {
    if (this.#jobs >= this.limits.jobs) throw new CompilerBusyError(`${this.#jobs} jobs wait for the compiler`);
    this.#jobs += 1;
    const mine = this.#last.then(() => this.#ask(job));
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#jobs -= 1;
    }
  }

  close(): void {
    this.#end('the server stops');
  }

  #ask(job: Job): Promise<JobResult> {
    const frame = frameOf(job);
    if (frame.length > FRAME_BYTES) return Promise.resolve({ reading: undefined, ended: `there are more than ${FRAME_BYTES} bytes` });
    return new Promise((resolve) => {
      const stopClock = this.#clock();
      const asked: Asked = {
        reading: undefined,
        settle: (result) => {
          stopClock();
          this.#asked = undefined;
          resolve({ ...result, reading: asked.reading });
        },
      };
      this.#asked = asked;
      const child = this.#child ?? this.#begin();
      child.stdin?.write(frame);
    });
  }

  /** Ends a job that has worked too long: on a busy machine it may take longer than it works, up to a bound. Gives what stops the clock. */
  #clock(): () => void {
    const { ms } = this.limits;
    const begun = performance.now();
    const workedBefore = this.#workedMs() ?? 0;
    const look = (): void => {
      const worked = this.#workedMs();
      const left = worked === undefined ? 0 : ms - (worked - workedBefore);
      if (left <= 0 || performance.now() - begun > ms * MOST_WAITING) this.#end(`it takes more than ${ms / 1000} s`);
      else timer = setTimeout(look, Math.max(LEAST_LOOK_MS, left));
    };
    let timer = setTimeout(look, ms);
    return () => clearTimeout(timer);
  }

  #workedMs(): number | undefined {
    const pid = this.#child?.pid;
    return pid === undefined ? undefined : workedMsOf(pid);
  }

  #begin(): ChildProcess {
    const args = [`--max-old-space-size=${this.limits.memoryMib}`, entryFile()];
    // of the environment nothing: there are secrets in it
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'], env: {}, windowsHide: true });
    const frames = new FrameReader<Told>((told) => this.#hear(told));
    const over = (): void => {
      if (this.#child === child) this.#child = undefined;
      this.#asked?.settle({ ended: 'it needs more memory than there is for it, or nests too deeply' });
    };
    const isCurrent = (): boolean => this.#child === child;
    child.stdout?.on('data', (chunk: Buffer) => {
      if (!isCurrent()) return;
      try {
        frames.push(chunk);
      } catch {
        this.#end('what comes out of it is too long');
      }
    });
    // while a job is at work its timer keeps this process alive, else nothing of the child does
    for (const handle of [child, child.stdin, child.stdout]) (handle as unknown as Pick<Socket, 'unref'>).unref();
    child.stdin?.on('error', () => undefined);
    child.once('error', () => isCurrent() && over());
    child.once('exit', () => isCurrent() && over());
    this.#child = child;
    if (child.pid !== undefined) lower(child.pid, this.limits.niceness);
    return child;
  }

  #hear(told: Told): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    if ('reading' in told) asked.reading = told.reading;
    else if ('outcome' in told) asked.settle(told);
    else this.#end(`the compiler gave up: ${told.failure}`);
  }

  #end(reason: string): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGKILL');
    this.#asked?.settle({ ended: reason });
  }
}

function lower(pid: number, niceness: number): void {
  try {
    os.setPriority(pid, niceness);
  } catch {
    // it has ended already, or the system does not let us: it works as well without
  }
}

function tooCostly(file: string, what: string, reason: string, remedy: string): Finding {
  return uploadFinding(file, 'too-costly', `${what} cannot be compiled: ${reason}`, remedy);
}
