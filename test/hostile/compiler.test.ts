import { spawn } from 'node:child_process';
import path from 'node:path';
import { type Compiler, CompilerBusyError, createCompiler } from '../../server/compiler/compiler';
import { FRAME_BYTES, FrameReader, frameOf } from '../../server/compiler/protocol';
import { projectRoot } from '../../server/platform/project-root';
import { hostileFiles, sourceOf } from './files';

const job = (...files: { path: string; text: string }[]) => ({
  dealership: 'tianhe',
  published: [],
  upload: { files },
  nowMs: Date.UTC(2026, 2, 2),
});
const sound = [
  { path: 'p.yaml', text: 'process: p\nsteps: [{ id: a, userTask: { assign: { roles: [clerk] } } }]\n' },
  {
    path: 'd.yaml',
    text: 'dealership: tianhe\nduties: [desk]\nroles: { clerk: [a@tianhe] }\nsettings: { transport: { priceCeiling: "1800.00" } }\n',
  },
  { path: 'y.yaml', text: 'duty: desk\nprocesses: [p]\n' },
];
/** Seconds of work: thousands of ids, each compared with its kin, in many files. */
const heavy = Array.from({ length: 60 }, (_, file) => ({
  path: `${file}.yaml`,
  text: `process: h${file}\nvariables: { turn: { type: integer } }\nsteps:\n${Array.from({ length: 900 }, (__, n) => `  - { id: s${n}, waitFor: '=turn > ${n} and (${'1 < 2 and '.repeat(10)}true)' }`).join('\n')}\n`,
}));

describe('the process of the compiler', () => {
  let compiler: Compiler;
  afterEach(() => compiler.close());

  it('compiles, and is used again', async () => {
    compiler = createCompiler({ ms: 60_000 });
    const first = await compiler.run(job(...sound));
    expect(first.findings).toEqual([]);
    expect(Object.keys(first.compiled?.processes ?? {})).toEqual(['p']);
    const { pid } = compiler;
    await compiler.run(job(...sound));
    expect([typeof pid, compiler.pid]).toEqual(['number', pid]);
  });

  it('compiles and checks a folder, scenarios left out', async () => {
    compiler = createCompiler({ ms: 60_000 });
    const scenario = { path: 's.yaml', text: 'scenario: s\nof: nothing\n' };
    const folder = await compiler.runFolder({ files: [...sound, scenario], nowMs: 0 });
    expect([folder.findings, folder.documents.map(({ kind, id }) => `${kind} ${id}`)]).toEqual([
      [],
      ['process p', 'dealership tianhe', 'duty desk'],
    ]);
    expect(folder.dealerships.map(({ id, processes }) => [id, Object.keys(processes)])).toEqual([['tianhe', ['p']]]);
    const endless = { path: 'p.yaml', text: 'process: p\nsteps: [{ id: a, task: {}, next: a }]\n' };
    const refused = await compiler.runFolder({ files: [...sound.slice(1), endless], nowMs: 0 });
    expect([refused.findings.map(({ rule }) => rule), refused.documents, refused.dealerships]).toEqual([['endless-loop'], [], []]);
  });

  it('is ended when its time is over, which is a finding, and begun anew for the next job', async () => {
    compiler = createCompiler({ ms: 60_000 });
    await compiler.run(job(...sound));
    compiler.close();
    compiler = createCompiler({ ms: 700 });
    const begun = performance.now();
    const { findings, compiled } = await compiler.run(job(...heavy));
    // on a busy machine a job waits for its time
    expect(performance.now() - begun).toBeLessThan(6_000);
    expect([compiled, findings]).toEqual([
      undefined,
      [
        expect.objectContaining({
          rule: 'too-costly',
          severity: 'error',
          message: 'the upload cannot be compiled: it takes more than 0.7 s',
          remedy: 'make it simpler, or upload fewer files at once',
        }),
      ],
    ]);
    expect(compiler.pid).toBeUndefined();
  });

  it('is ended by its own limit of memory, which is a finding', async () => {
    compiler = createCompiler({ ms: 60_000, memoryMib: 24 });
    const { findings } = await compiler.run(job(...heavy));
    expect(findings.map(({ rule, message }) => [rule, message])).toEqual([
      ['too-costly', 'the upload cannot be compiled: it needs more memory than there is for it, or nests too deeply'],
    ]);
  });

  it('may be killed by anybody at any time', async () => {
    compiler = createCompiler({ ms: 60_000 });
    await compiler.run(job(...sound));
    const under = compiler.run(job(...heavy));
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.kill(compiler.pid as number, 'SIGKILL');
    expect((await under).findings.map(({ rule }) => rule)).toEqual(['too-costly']);
    const waiting = [compiler.run(job(...sound)), compiler.run(job(...sound))];
    expect((await Promise.all(waiting)).map(({ findings }) => findings)).toEqual([[], []]);
  });

  it('does not outlive its parent, whatever it is doing', async () => {
    compiler = createCompiler();
    const program = `
      const { createCompiler } = require(${JSON.stringify(path.join(projectRoot, 'dist', 'server', 'compiler', 'compiler.js'))});
      const compiler = createCompiler({ ms: 600000 });
      process.once('message', (job) => { compiler.run(job); process.send(compiler.pid ?? 0); setInterval(() => process.send(compiler.pid ?? 0), 100); });
    `;
    const parent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const many = Array.from({ length: 12 }, (_, n) =>
      heavy.map(({ path: name, text }) => ({ path: `${n}/${name}`, text: `${text}# ${n}` })),
    ).flat();
    parent.send(job(...many.slice(0, 200)));
    const pid = await new Promise<number>((resolve) => parent.on('message', (found: number) => found > 0 && resolve(found)));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    parent.kill('SIGKILL');
    const isThere = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(isThere()).toBe(true);
    const deadline = Date.now() + 10_000;
    while (isThere() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isThere()).toBe(false);
  });

  it('lets few jobs wait', async () => {
    compiler = createCompiler({ ms: 60_000, jobs: 2 });
    const under = [compiler.run(job(...sound)), compiler.run(job(...sound))];
    await expect(compiler.run(job(...sound))).rejects.toThrow(CompilerBusyError);
    await Promise.all(under);
    expect((await compiler.run(job(...sound))).findings).toEqual([]);
  });

  it('answers every hostile file within its time, and goes on', async () => {
    compiler = createCompiler({ ms: 20_000 });
    const slow: string[] = [];
    for (const file of hostileFiles) {
      const begun = performance.now();
      const { findings } = await compiler.run(job(sourceOf(file)));
      if (performance.now() - begun > 10_000) slow.push(file.name);
      expect([file.name, findings.length > 0]).toEqual([file.name, true]);
    }
    expect(slow).toEqual([]);
    expect((await compiler.run(job(...sound))).findings).toEqual([]);
  }, 300_000);
});

describe('frames', () => {
  it('come through in whatever pieces', () => {
    const values = [{ a: '订单' }, [1, 2], null, 'x'.repeat(1_000)];
    const bytes = Buffer.concat(values.map(frameOf));
    for (const size of [1, 2, 3, 7, 1_000, bytes.length]) {
      const taken: unknown[] = [];
      const reader = new FrameReader((value) => taken.push(value));
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
      expect(taken).toEqual(values);
    }
  });

  it('are refused by their head where they are too long', () => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(FRAME_BYTES + 1);
    expect(() => new FrameReader(() => undefined).push(head)).toThrow(RangeError);
  });
});
