import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { runDiff } from '../../cli/diff-command';
import { runExplain } from '../../cli/explain';
import { runRebase } from '../../cli/rebase-command';
import { definitionsFolder } from './definition-files';

let folder: string;
let told: string;
const output = {
  out: (text: string): void => {
    told += text;
  },
  error: (line: string): void => {
    told += `${line}\n`;
  },
};
beforeEach(() => {
  told = '';
  folder = mkdtempSync(path.join(tmpdir(), 'neiqin-overlays-'));
  cpSync(definitionsFolder, path.join(folder, 'after'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...parts: string[]): string => path.join(folder, 'after', ...parts);
function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

describe('[L19.4] the commands about overlays', () => {
  it('explain prints YAML with the place of each line and the reason of each step', async () => {
    expect(await runExplain('order-to-delivery', { for: 'haizhu', definitions: definitionsFolder }, output)).toBe(0);
    const steps = (parse(told) as { steps: { id: string }[] }).steps.map(({ id }) => id);
    expect(steps).toEqual([
      'reviewed',
      'whose',
      'prepare',
      'agree',
      'handOver',
      'deliver',
      'enterVehicle',
      'enterOrder',
      'print',
      'deliveredEnd',
    ]);
    expect(told).toMatch(/after: PT4H +# \S*overlays\/haizhu\/order-to-delivery\.yaml:7\n/u);
    expect(told).toMatch(/# paid: kept by the control paymentFirst: 款未收到，车不出库/u);
    expect(told).toMatch(/# transport: taken away by dealership\/haizhu/u);
    told = '';
    expect(await runExplain('order-review', { for: 'haizhu', definitions: definitionsFolder }, output)).toBe(0);
    expect(told).toMatch(/# financeCheck: put here by dealership\/haizhu \(\S+order-review\.yaml:11\): 审核之后由财务复核价格和定金/u);
  });

  it.each([
    ['order', 'haizhu', 'there is no process, form or decision "order"'],
    ['order-to-delivery', 'haizu', 'there is no dealership "haizu"; did you mean "haizhu"?'],
    [undefined, 'haizhu', 'name the process, form or decision'],
  ])('explain of %s for %s says what is wrong', async (name, dealership, message) => {
    expect(await runExplain(name, { for: dealership, definitions: definitionsFolder }, output)).toBe(2);
    expect(told).toContain(message);
  });

  it('diff tells steps, people, dates and ways', async () => {
    const file = at('base', 'processes', 'order-review.yaml');
    edit(file, 'roles: [clerk], exclude', 'roles: [clerk, finance], exclude');
    edit(file, 'due: { after: PT4H }', 'due: { after: PT6H }');
    edit(file, 'when: =outcome = "reject"', 'when: =outcome != "return"');
    edit(
      file,
      '  - { id: approvedEnd, end: approved }',
      '  - { id: ask, userTask: { assign: { roles: [clerk] } } }\n  - { id: approvedEnd, end: approved }',
    );
    expect(await runDiff(definitionsFolder, at(), {}, output)).toBe(1);
    expect(told).toBe(
      [
        'process order-review',
        '  steps',
        '    + ask (userTask)',
        '  people',
        '    ~ review userTask.assign.roles: ["clerk"] -> ["clerk","finance"]',
        '  dates',
        '    ~ review userTask.due.after: PT4H -> PT6H',
        '  ways',
        '    ~ rejected when: =outcome = "reject" -> =outcome != "return"',
        '',
      ].join('\n'),
    );
    told = '';
    // haizhu has a due time of its own
    expect(await runDiff(definitionsFolder, at(), { process: 'order-review', for: 'haizhu' }, output)).toBe(1);
    expect(told).not.toContain('dates');
    expect([await runDiff(at(), at(), {}, output), await runDiff(at(), 'nowhere', {}, output)]).toEqual([0, 2]);
  });

  it('diff tells moves, fields and rules, and nothing of how a text looks', async () => {
    const versions: [string, string][] = [
      [
        'decision: d\ninputs: [{ id: a }]\noutputs: [{ id: b }]\nrules:\n  - ["< 1", 1]\n  - ["> 2", 2]\n',
        'decision: d\ninputs: [{ id: a }]\noutputs: [{ id: b }]\nrules:\n  - ["< 1", 1]\n  - ["> 2", 3]\n  - ["9", 9]\n',
      ],
      [
        'form: f\nschema: { type: object, properties: { a: { type: string } } }\n',
        'form: f\nschema:\n  type: object\n  properties: { a: { type: number }, b: { type: string } }\n',
      ],
      [
        'process: p\nsteps: [{ id: a, end: x }, { id: b, end: y }, { id: c, end: z }]\n',
        'process: p\nsteps:\n  - { id: c, end: z }\n  - { id: a, end: x }\n  - { id: b, end: y }\n',
      ],
    ];
    for (const [one, other] of versions) {
      writeFileSync(at('one.yaml'), one);
      writeFileSync(at('other.yaml'), other);
      expect(await runDiff(at('one.yaml'), at('other.yaml'), {}, output)).toBe(1);
    }
    const lines = told.split('\n').filter((line) => line.startsWith('    '));
    expect(lines.map((line) => line.trim())).toEqual([
      '+ rules/3: ["9",9]',
      '~ rules/2: ["> 2",2] -> ["> 2",3]',
      '+ b (string)',
      '~ a type: string -> number',
      '> c: after b -> first in steps',
    ]);
  });

  it('diff tells a renamed step from a new one, with what else changed', async () => {
    const step = (id: string, more = '') =>
      `  - { id: ${id}, userTask: { form: f, assign: { roles: [clerk] }, outcomes: [yes, no], due: { after: PT4H }${more} } }\n`;
    const asked = (id: string) =>
      `  - { id: x, exclusive: [{ id: l, when: =${id}.outcome = "yes", do: [] }, { id: m, default: true, next: ${id} }] }\n`;
    writeFileSync(at('one.yaml'), `process: p\nsteps:\n${step('a')}${step('b')}${asked('b')}  - { id: gone, task: {} }\n`);
    writeFileSync(
      at('other.yaml'),
      `process: p\nsteps:\n${step('a')}${step('check', ', priority: 3')}${asked('check')}  - { id: come, scriptTask: { set: { n: 1 } } }\n`,
    );
    expect(await runDiff(at('one.yaml'), at('other.yaml'), {}, output)).toBe(1);
    expect(told.split('\n').filter((line) => line !== '')).toEqual([
      'process p',
      '  steps',
      '    - gone (task)',
      '    + come (scriptTask)',
      '    = b is now check',
      '  what steps do',
      '    + check userTask.priority: 3',
    ]);
    told = '';
    const drawn = (id: string) =>
      `process: q\nnodes:\n  - { id: s, startEvent: {} }\n  - { id: ${id}, userTask: { assign: { roles: [clerk] } } }\n  - { id: e, endEvent: {} }\nflows:\n  - { from: s, to: ${id} }\n  - { from: ${id}, to: e }\n`;
    writeFileSync(at('one.yaml'), drawn('look'));
    writeFileSync(at('other.yaml'), drawn('see'));
    expect(await runDiff(at('one.yaml'), at('other.yaml'), {}, output)).toBe(1);
    expect(told).toBe('process q\n  steps\n    = look is now see\n');
  });

  it('[L19.6] rebase notes what the base says, and touches nothing else', async () => {
    const file = at('overlays', 'haizhu', 'order-to-delivery.yaml');
    const before = readFileSync(file, 'utf8');
    expect(await runRebase([at('overlays')], output)).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(before);
    const more =
      '  - { at: handOver, merge: { title: 提车 } } # ours\n  - at: prepare\n    merge:\n      {\n        title: 准备,\n      }\n';
    writeFileSync(file, before + more);
    expect(await runRebase([file], output)).toBe(0);
    const after = readFileSync(file, 'utf8');
    expect(after.startsWith(before)).toBe(true);
    expect(after).toContain('merge: { title: 提车 }, was: { title: { zh: 交车, en: Hand over the vehicle } } } # ours\n');
    expect(after).toContain('      }\n    was: { title: { zh: 交车准备, en: Preparation } }\n');
    edit(at('base', 'processes', 'order-to-delivery.yaml'), 'due: { after: P1D }', 'due: { after: P2D }');
    await runRebase([file], output);
    expect(readFileSync(file, 'utf8')).toContain('was: { userTask: { due: { after: P2D } } }');
  });
});
