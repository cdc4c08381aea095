import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runExport } from '../../cli/export-command';
import { definitionsFolder } from '../language/definition-files';

// all shipped definitions are compiled each time, which takes a busy machine long
jest.setTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'neiqin-export-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(names: string[], options: Parameters<typeof runExport>[1]): Promise<{ code: number; out: string; errors: string[] }> {
  const out: string[] = [];
  const errors: string[] = [];
  const output = { out: (text: string) => void out.push(text), error: (line: string) => void errors.push(line) };
  const code = await runExport(names, { definitions: definitionsFolder, ...options }, output);
  return { code, out: out.join(''), errors };
}

describe('neiqin export', () => {
  it('writes one process to the terminal, as BPMN where nothing else is said', async () => {
    const { code, out } = await run(['confirm-payment'], { lang: 'zh' });
    expect([code, out.includes('<bpmn:process id="confirm-payment"'), out.includes('<bpmndi:BPMNPlane')]).toEqual([0, true, true]);
  });

  it('writes both kinds of all processes to a folder', async () => {
    const target = path.join(folder, 'new');
    expect((await run([], { bpmn: true, svg: true, output: target })).code).toBe(0);
    expect(readdirSync(target)).toEqual(expect.arrayContaining(['order-to-delivery.bpmn', 'order-to-delivery.svg']));
  });

  it('writes the process of a file to a file', async () => {
    const file = path.join(folder, 'hello.yaml');
    writeFileSync(file, 'process: hello\nsteps: [{ id: wave, task: {} }]\n');
    const output = path.join(folder, 'hello.svg');
    expect(await run([file], { svg: true, output })).toEqual({ code: 0, out: '', errors: [`wrote ${output}`] });
    expect(readFileSync(output, 'utf8')).toContain('>wave</text>');
  });

  it('writes what overlays make of a process at a dealership', async () => {
    const { out } = await run(['order-to-delivery'], { for: 'haizhu' });
    const { out: shared } = await run(['order-to-delivery'], {});
    expect([out === shared, out.includes('neiqin:definition')]).toEqual([false, true]);
  });

  it('says what to do about wrong use', async () => {
    expect(await run(['order-to-delivry'], {})).toMatchObject({ code: 2, errors: [expect.stringContaining('"order-to-delivery"')] });
    expect(await run(['order-to-delivery'], { for: 'haizu' })).toMatchObject({ code: 2, errors: [expect.stringContaining('"haizhu"')] });
    expect(await run([], {})).toMatchObject({ code: 2, errors: [expect.stringContaining('-o <folder>')] });
    const broken = path.join(folder, 'broken.yaml');
    writeFileSync(broken, 'process: broken\nsteps: [{ id: a, tusk: {} }]\n');
    expect((await run([broken], {})).code).toBe(1);
  });
});
