import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckCommandOptions, runCheck } from '../../cli/check-command';
import { explain } from '../../cli/explain';
import { runTests } from '../../cli/test-command';

const folder = mkdtempSync(join(tmpdir(), 'neiqin-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sound = 'process: sound\nsteps:\n  - { id: ask, userTask: { assign: { roles: [clerk] } } }\n';
const wrong = 'process: wrong\nsteps:\n  - { id: 询问, userTask: { assign: { roles: [clerk] } }, next: fragt }\n';
const stuck = `process: stuck
steps:
  - { id: ask, userTask: { assign: { roles: [clerk] }, outcomes: [accept, refuse] } }
  - { id: agreed, waitFor: '=ask.outcome = "accept"' }
`;

/** A folder with these files, and what a check of it gives. */
async function check(files: Record<string, string>, options: CheckCommandOptions = {}, named = '') {
  const root = mkdtempSync(join(folder, 'case-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const written: string[] = [];
  const errors: string[] = [];
  const output = { out: (text: string) => written.push(text), error: (line: string) => errors.push(line) };
  const code = await runCheck([join(root, named)], options, '0.1.0', output);
  return { root, code, error: errors.join('\n'), out: written.join('').replaceAll(/^.*\/(?=[\w-]+\.yaml:)/gmu, '') };
}

describe('neiqin check', () => {
  it('[L1.3] shows the line and underlines the place, also beside wide letters', async () => {
    const { code, out } = await check({ 'wrong.yaml': wrong });
    expect(out).toBe(`wrong.yaml:3:63: error unknown-step: there is no step "fragt"
    3 |   - { id: 询问, userTask: { assign: { roles: [clerk] } }, next: fragt }
      |                                                                 ^^^^^
      = do: write the id of a step


1 error, 0 warnings, 0 notes
`);
    expect(code).toBe(1);
  });

  it('[L1.3] ends with 0 where there is no error, whatever else it finds', async () => {
    expect(await check({ 'sound.yaml': sound })).toMatchObject({ code: 0, out: '0 errors, 0 warnings, 0 notes\n' });
    const warned = await check({ 'a.yaml': 'process: a\nsteps:\n  - { id: b, exclusive: [{ id: c, when: =case.key = "1", do: [] }] }\n' });
    expect(warned).toMatchObject({ code: 0 });
    expect(warned.out).toContain('0 errors, 1 warning, 0 notes');
  });

  it('[L1.3] ends with 2 where nothing can be checked', async () => {
    expect(await check({}, {}, 'none.yaml')).toMatchObject({ code: 2, error: expect.stringContaining('there is no file or folder') });
    expect(await check({ 'readme.txt': '' })).toMatchObject({ code: 2, error: expect.stringContaining('there is no definition in') });
    expect(await check({ 'sound.yaml': sound }, { ruleset: 'loose' })).toMatchObject({
      code: 2,
      error: expect.stringContaining('there is no ruleset "loose"'),
    });
    expect(await check({ 'sound.yaml': sound }, { states: 'many' })).toMatchObject({ code: 2 });
  });

  it('[L1.3] tells of what was named alone, and knows what is around it', async () => {
    const files = {
      'dealerships/d.yaml': 'dealership: d\nduties: [u]\nroles: { clerk: [c@d] }\n',
      'duties/u.yaml': 'duty: u\nprocesses: [sound]\n',
      'processes/sound.yaml': sound,
      'processes/wrong.yaml': wrong,
    };
    expect(await check(files, {}, 'processes/sound.yaml')).toMatchObject({ code: 0 });
    expect(await check(files, {}, 'processes/wrong.yaml')).toMatchObject({ code: 1 });
  });

  it('[L1.3] writes JSON', async () => {
    const { out } = await check({ 'wrong.yaml': wrong }, { format: 'json' });
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      errors: 1,
      findings: [{ rule: 'unknown-step', severity: 'error', line: 3, column: 63, endLine: 3, endColumn: 68 }],
    });
  });

  it('[L1.3] writes SARIF', async () => {
    const { out } = await check({ 'wrong.yaml': wrong }, { format: 'sarif' });
    const sarif = JSON.parse(out);
    expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ tool: { driver: { name: 'neiqin', rules: [{ id: 'unknown-step' }] } } }] });
    expect(sarif.runs[0].results).toMatchObject([
      {
        ruleId: 'unknown-step',
        ruleIndex: 0,
        level: 'error',
        locations: [{ physicalLocation: { region: { startLine: 3, startColumn: 63 } } }],
      },
    ]);
  });

  it('[L10.1] writes scenarios that lead to what it has found, and that pass', async () => {
    const scenarios = join(folder, 'found');
    const { root, code } = await check({ 'stuck.yaml': stuck }, { scenarios });
    expect(code).toBe(1);
    const [file] = readdirSync(scenarios);
    const text = readFileSync(join(scenarios, file as string), 'utf8');
    expect(text).toContain('  - complete: ask\n    as: clerk@test\n    outcome: refuse\n');
    writeFileSync(join(root, 'found.yaml'), text);
    const lines: string[] = [];
    expect(await runTests([root], { out: (line) => lines.push(line), error: (line) => lines.push(line) })).toBe(0);
  });

  it('[L1.3] tells what another ruleset wants', async () => {
    const ruleset = join(folder, 'rules.json');
    writeFileSync(ruleset, '{ "extends": "strict", "rules": { "deadlock": "warning" } }');
    expect(await check({ 'stuck.yaml': stuck }, { ruleset })).toMatchObject({ code: 0, out: expect.stringContaining('warning deadlock') });
    writeFileSync(ruleset, '{ "rules": { "deadlock": "loud" } }');
    expect(await check({ 'stuck.yaml': stuck }, { ruleset })).toMatchObject({ code: 2 });
  });
});

describe('neiqin explain', () => {
  it('[L1.3] prints the page of a rule, or the one that was meant', () => {
    expect(explain('deadlock')).toMatchObject({ known: true, text: expect.stringMatching(/^# deadlock\n/u) });
    expect(explain('dedlock')).toEqual({ known: false, text: 'there is no rule "dedlock"; did you mean "deadlock"?' });
    expect(explain(undefined).text).toContain('[deadlock](deadlock.md)');
  });
});
