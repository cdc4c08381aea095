import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { documentKinds } from '../../engine/language/source-document';
import { projectRoot } from '../../server/platform/project-root';
import { LanguageServer, type Position } from './language-server';

const definitions = path.join(projectRoot, 'definitions');
const modeline = (kind: string): string => `# yaml-language-server: $schema=../schema/${kind}.json\n`;

let server: LanguageServer;
beforeAll(async () => {
  server = await LanguageServer.start(projectRoot);
}, 60_000);
afterAll(() => server.stop());

let opened = 0;
/** Opens a text with the modeline of its kind; "|" marks the cursor. */
function open(kind: string, marked: string): { uri: string; at: Position } {
  const before = marked.slice(0, marked.indexOf('|'));
  const text = marked.includes('|') ? before + marked.slice(before.length + 1) : marked;
  opened += 1;
  const lines = before.split('\n');
  const uri = server.open(path.join(definitions, 'opened', `${opened}.yaml`), modeline(kind) + text);
  return { uri, at: { line: lines.length, character: lines.at(-1)?.length ?? 0 } };
}

/** A document of each kind, with a key that it does not know. */
const samples: Record<(typeof documentKinds)[number], { right: string; wrong: string }> = {
  process: {
    right: 'process: p\nsteps:\n  - { id: a, end: done }\n',
    wrong: 'process: p\nstepz: []\nsteps:\n  - { id: a, end: done }\n',
  },
  form: {
    right: 'form: f\nschema: { type: object, properties: { a: { type: string } } }\n',
    wrong: 'form: f\nstepz: 1\nschema: { type: object }\n',
  },
  decision: {
    right: 'decision: d\ninputs: [=turn]\noutputs: [level]\nrules:\n  - [">= 1", \'"high"\']\n',
    wrong: 'decision: d\nstepz: 1\n',
  },
  register: {
    right: 'register: r\nkey: a\ncolumns: { a: { type: string } }\n',
    wrong: 'register: r\nstepz: 1\nkey: a\ncolumns: { a: { type: string } }\n',
  },
  template: {
    right: 'template: t\nvalues: { a: { type: string } }\ncontent: [{ heading: A }]\n',
    wrong: 'template: t\nstepz: 1\nvalues: { a: { type: string } }\ncontent: [{ heading: A }]\n',
  },
  report: {
    right: 'report: r\nfrom: contracts\nmeasures: { rows: count }\n',
    wrong: 'report: r\nstepz: 1\nfrom: contracts\nmeasures: { rows: count }\n',
  },
  calendar: { right: 'calendar: c\n', wrong: 'calendar: c\nstepz: 1\n' },
  duty: { right: 'duty: d\nprocesses: [p]\n', wrong: 'duty: d\nstepz: 1\nprocesses: [p]\n' },
  dealership: { right: 'dealership: d\n', wrong: 'dealership: d\nstepz: 1\n' },
  overlay: { right: 'overlay: o\n', wrong: 'overlay: o\nstepz: 1\n' },
  workload: { right: 'workload: 一周\n', wrong: 'workload: w\nstepz: 1\n' },
  scenario: { right: 'scenario: 场景\n', wrong: 'scenario: s\nstepz: 1\n' },
};

describe.each(documentKinds)('the schema of a %s in an editor', (kind) => {
  it('[L1.1] marks a key that it does not know, where it stands', async () => {
    const { uri } = open(kind, samples[kind].wrong);
    const found = (await server.diagnostics(uri)).filter(({ message }) => message.includes('stepz'));
    expect(found).toHaveLength(1);
    expect(found[0]?.range.start).toEqual({ line: 2, character: 0 });
  });

  it('[L1.1] completes the keys of a document', async () => {
    const { properties } = JSON.parse(readFileSync(path.join(definitions, 'schema', `${kind}.json`), 'utf8')) as { properties: object };
    const { uri, at } = open(kind, `${kind}: x\n|`);
    const labels = await server.completions(uri, at);
    const missing = Object.keys(properties).filter((key) => key !== kind && !labels.includes(key));
    expect(missing).toEqual([]);
  });

  it('[L1.1] says at the first key what it is about, in both languages', async () => {
    const { uri } = open(kind, samples[kind].right);
    const text = await server.hover(uri, { line: 1, character: 1 });
    expect(text).toMatch(/\p{Script=Han}/u);
    expect(text).toMatch(/[a-z]{3,} [a-z]+/u);
  });
});

describe('the schema of processes in an editor', () => {
  const { $defs } = JSON.parse(readFileSync(path.join(definitions, 'schema', 'process.json'), 'utf8')) as {
    $defs: { step: { oneOf: { required: [string] }[] } };
  };
  const kinds = $defs.step.oneOf.map(({ required: [kind] }) => kind);

  it('[L3.1] completes the kinds of a step', async () => {
    const { uri, at } = open('process', 'process: p\nsteps:\n  - id: a\n    |\n');
    const labels = await server.completions(uri, at);
    expect(kinds.length).toBeGreaterThan(15);
    expect(kinds.filter((kind) => !labels.includes(kind))).toEqual([]);
  });

  it('[L4.1] completes inside of a task, with what may stand there', async () => {
    const { uri, at } = open('process', 'process: p\nsteps:\n  - id: a\n    userTask:\n      assign: { roles: [clerk] }\n      |\n');
    expect(await server.completions(uri, at)).toEqual(expect.arrayContaining(['form', 'outcomes', 'due', 'overdue', 'signing']));
  });

  it.each([
    ['userTask', 'process: p\nsteps:\n  - id: a\n    userTask: { assign: { roles: [clerk] } }\n', { line: 4, character: 6 }],
    ['parallel', 'process: p\nsteps:\n  - id: a\n    parallel:\n      - { id: b, do: [{ id: c, task: {} }] }\n', { line: 4, character: 6 }],
    ['next', 'process: p\nsteps:\n  - id: a\n    task: {}\n    next: a\n', { line: 5, character: 5 }],
  ])('[L3.1] says what %s is, in both languages', async (_, text, at) => {
    const { uri } = open('process', text);
    const shown = await server.hover(uri, at);
    expect(shown).toMatch(/\p{Script=Han}/u);
    expect(shown).toMatch(/[a-z]{3,} [a-z]+/u);
  });

  it('[L3.1] marks a kind of step that it does not know', async () => {
    const { uri } = open('process', 'process: p\nsteps:\n  - id: a\n    usertask: {}\n');
    const found = await server.diagnostics(uri);
    expect(found.some(({ message, range }) => message.includes('usertask') && range.start.line === 4)).toBe(true);
  });
});

it('[L1.1] finds nothing wrong in what is shipped, each file with its modeline', async () => {
  const files = readdirSync(definitions, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ya?ml$/u.test(file));
  const wrong: string[] = [];
  for (const file of files) {
    const text = readFileSync(path.join(definitions, file), 'utf8');
    if (!text.startsWith('# yaml-language-server: $schema=')) wrong.push(`${file}: no modeline`);
    const found = await server.diagnostics(server.open(path.join(definitions, file), text));
    wrong.push(...found.map(({ message, range }) => `${file}:${range.start.line + 1}: ${message}`));
  }
  expect(files.length).toBeGreaterThan(30);
  expect(wrong).toEqual([]);
}, 120_000);
