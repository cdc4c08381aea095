import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { countsOf, reportOf } from '../../cli/check-report';
import type { Finding } from '../../engine/compile/deployment';
import { documentKinds } from '../../engine/language/source-document';
import { definitionsFolder, filesIn } from '../language/definition-files';

const root = path.join(__dirname, '..', '..');
const read = (file: string) => JSON.parse(readFileSync(path.join(root, '.vscode', file), 'utf8'));
const schemas = Object.entries(read('settings.json')['yaml.schemas'] as Record<string, string[]>);

interface Task {
  label: string;
  problemMatcher: { pattern: { regexp: string }; background?: { beginsPattern: string; endsPattern: string } };
}

describe('the set-up for VS Code', () => {
  it('[L1.1] has a schema for each kind of document, which is there', () => {
    expect(schemas.map(([schema]) => path.basename(schema, '.json')).sort()).toEqual([...documentKinds].sort());
    expect(schemas.filter(([schema]) => !existsSync(path.join(root, schema)))).toEqual([]);
  });

  it('[L1.1] finds the schema of each definition that is shipped', () => {
    const kindOf = (file: string): string[] =>
      schemas
        .filter(([, globs]) => globs.some((glob) => matches(glob, `definitions/${file}`)))
        .map(([schema]) => path.basename(schema, '.json'));
    const wrong = filesIn(definitionsFolder).filter((file) => {
      const kind = /^(\w+):/mu.exec(file.text.replace(/^#.*\n/gmu, ''))?.[1];
      return kindOf(file.path).join() !== kind;
    });
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  it('[L1.8] reads what `neiqin check` prints', () => {
    const finding: Finding = {
      rule: 'no-default',
      severity: 'warning',
      file: 'definitions/base/processes/a.yaml',
      line: 3,
      column: 5,
      endLine: 3,
      endColumn: 9,
      message: 'no branch is taken: "a"',
      remedy: 'mend it',
    };
    const tasks = (read('tasks.json').tasks as Task[]).filter(({ label }) => label.startsWith('neiqin check'));
    expect(tasks).toHaveLength(2);
    for (const { problemMatcher } of tasks) {
      const text = reportOf([finding, { ...finding, severity: 'note' }], 'text', { textOf: () => undefined, version: '0' });
      const seen = text.split('\n').flatMap((line) => new RegExp(problemMatcher.pattern.regexp, 'u').exec(line)?.slice(1) ?? []);
      const parts = [finding.file, '3', '5', 'warning', 'no-default', finding.message];
      expect(seen).toEqual([...parts, ...parts.map((part) => (part === 'warning' ? 'note' : part))]);
    }
    const { background } = tasks[1]?.problemMatcher ?? {};
    expect('neiqin check: begins').toMatch(new RegExp(background?.beginsPattern ?? '', 'u'));
    expect('neiqin check: done in 35 ms').toMatch(new RegExp(background?.endsPattern ?? '', 'u'));
    expect(countsOf([finding])).toEqual({ errors: 0, warnings: 1, notes: 0 });
  });
});

/** Globs of the form that the settings have: `**`, `*` and plain parts. */
function matches(glob: string, file: string): boolean {
  const pattern = glob
    .replace(/[.+^$()|[\]{}]/gu, '\\$&')
    .replaceAll('**/', '(?:.*/)?')
    .replaceAll(/(?<![.)])\*/gu, '[^/]*');
  return new RegExp(`^${pattern}$`, 'u').test(file);
}
