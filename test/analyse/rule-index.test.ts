import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../../engine/analyse/rules';

const root = join(__dirname, '..', '..');
const folder = join(root, 'docs', 'rules');
const pages = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md');
const known = new Set(pages.map((file) => file.slice(0, -3)));

/** What one line of the index says of a page. */
function lineOf(file: string): string {
  const [, id, severity, , text] =
    /^# (\S+)\n\nSeverity: (\w+)\. Found by (.+?)\.\n\n(.+)/u.exec(readFileSync(join(folder, file), 'utf8')) ?? [];
  return `- [${id}](${file}) (${severity}): ${text}`;
}

describe('the pages of rules', () => {
  it('[L1.3] are listed in their order', () => {
    const index = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(index.split('\n').filter((line) => line.startsWith('- '))).toEqual(pages.sort().map(lineOf));
  });

  it('[L1.3] are there for each rule of the analysis, which has a file of its name', () => {
    const files = readdirSync(join(root, 'engine', 'analyse', 'rules')).filter((file) => file !== 'index.ts');
    expect(rules.map(({ id }) => `${id}.ts`)).toEqual(files.sort());
    expect(rules.map(({ id }) => id).filter((id) => !known.has(id))).toEqual([]);
  });

  it('[L1.3] are there for each rule of the reader and the compiler', () => {
    const sources = ['language', 'compile'].flatMap((part) =>
      readdirSync(join(root, 'engine', part), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
        .map((file) => readFileSync(join(root, 'engine', part, file), 'utf8')),
    );
    const named = sources.flatMap((text) => [...text.matchAll(/\brule: '([a-z-]+)'/gu)].map((match) => match[1] as string));
    expect(named.length).toBeGreaterThan(50);
    expect([...new Set(named)].filter((rule) => !known.has(rule)).sort()).toEqual([]);
  });
});
