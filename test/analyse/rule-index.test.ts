import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../../engine/analyse/rules';
import { isTest, sources } from '../structure/sources';

const root = join(__dirname, '..', '..');
const folder = join(root, 'docs', 'rules');
const pages = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md');
const known = new Set(pages.map((file) => file.slice(0, -3)));

/** Functions that take the id of a rule among their arguments. */
const tellers = ['uploadFinding', 'ArchiveError', 'unknown', 'complain', 'constructor'];
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The ids that a source names: in findings as they are written, and in calls of the functions that make them. */
function rulesIn(text: string): string[] {
  const plain = [
    ...text.matchAll(/\brule: '([a-z0-9-]+)',\s*(?:message|severity|\.\.\.)/gu),
    ...text.matchAll(/\brule: '([a-z0-9]+-[a-z0-9-]+)'/gu),
  ];
  const calls = [...text.matchAll(new RegExp(`\\b(?:${tellers.join('|')})\\(([^;]*?)\\);?`, 'gu'))].flatMap(([, inside]) => {
    const id = /'([a-z0-9]+(?:-[a-z0-9]+)+)'/u.exec(inside as string);
    return id === null ? [] : [id];
  });
  const made = [...text.matchAll(/\bunknown\(scenario, [^']*'([a-z]+)'/gu)].map((match) => `unknown-${match[1]}`);
  return [...[...plain, ...calls].map((match) => match[1] as string), ...made];
}

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

  it('[L1.3] are there for each rule that anything names', () => {
    const named = sources.filter((file) => !isTest(file) && !file.startsWith('engine/runtime/')).flatMap((file) => rulesIn(textOf(file)));
    expect(named).toEqual(
      expect.arrayContaining(['upload-path', 'too-costly', 'unknown-version', 'process-not-run', 'yaml-octal', 'unknown-step']),
    );
    expect([...new Set(named)].filter((rule) => !known.has(rule)).sort()).toEqual([]);
  });

  it('[L1.3] are there for each rule that a function is given to tell of', () => {
    const text = sources
      .filter((file) => !isTest(file) && !file.startsWith('engine/runtime/'))
      .map(textOf)
      .join('\n');
    const takers = [...text.matchAll(/(\w+)\([^()]*\brule: string,/gu)].map((match) => match[1] as string);
    expect([...new Set(takers)].filter((taker) => !tellers.includes(taker))).toEqual([]);
  });
});
