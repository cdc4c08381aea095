import path from 'node:path';
import { commandLine } from '../../cli/main';
import { describeSettings, readSettings } from '../../server/platform/settings';
import { settingsTable } from '../../server/platform/settings-table';
import { files, sources, textOf } from './sources';

const documents = files.filter((file) => file.endsWith('.md'));
const topics = documents.filter((file) => file.startsWith('docs/'));
const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0] as string));
const program = JSON.parse(textOf('package.json')) as { version: string; scripts: Record<string, string> };
const code = sources.filter((file) => !file.startsWith('test/structure/')).map(textOf);

const allIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] as string);
/** What stands in backticks outside of blocks of code. */
const quotedIn = (text: string): string[] => allIn(text.replace(/^```[\s\S]*?^```$/gmu, ''), /`([^`\n]+)`/gu);

/** The anchors of a document's headings, as they are made where it is shown. */
function anchorsOf(text: string): string[] {
  return allIn(text, /^#+ (.+)$/gmu).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(document: string): string[] {
  return allIn(textOf(document), /\]\(([^)\s]+)\)/gu).filter((link) => {
    if (/^https?:/u.test(link)) return false;
    const [place = '', anchor] = link.split('#');
    const target = place === '' ? document : path.posix.join(path.posix.dirname(document), place);
    const isFolder = files.some((file) => file.startsWith(`${target}/`));
    if (!files.includes(target) && !isFolder) return true;
    return anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor);
  });
}

describe('the README', () => {
  const readme = textOf('README.md');

  it('has the table of settings as `neiqin settings --markdown` prints it', () => {
    const plain = (table: string): string => table.replace(/ *\| */gu, '|').replace(/-{3,}/gu, '---');
    expect(plain(readme)).toContain(`\n\n${plain(describeSettings(readSettings({}).settings, 'markdown'))}\n\n`);
  });

  it('says what every folder holds', () => {
    const told = allIn(readme, /^\| \[(\w+)\/\]\(\w+\) *\|/gmu);
    expect([...folders].filter((folder) => !folder.startsWith('.') && folder !== 'docs').sort()).toEqual(told.sort());
  });

  it('leads to every other document', () => {
    const index = ['docs/rules', 'docs/connectors'].flatMap((folder) =>
      allIn(textOf(`${folder}/README.md`), /\]\(([^)#\s]+)/gu).map((page) => path.posix.join(folder, page)),
    );
    const linked = new Set([...allIn(readme, /\]\(([^)#\s]+)/gu), ...index]);
    expect(documents.filter((file) => file !== 'README.md' && !linked.has(file))).toEqual([]);
  });
});

describe('every document', () => {
  it.each(documents)('%s has links that lead somewhere', (document) => {
    expect(brokenLinks(document)).toEqual([]);
  });

  it.each(documents)('%s names files that are there', (document) => {
    const named = quotedIn(textOf(document))
      .map((text) => text.replace(/\/$/u, ''))
      .filter((text) => /^[\w.-]+\/[\w./-]+$/u.test(text) && folders.has(text.split('/')[0] as string));
    expect(named.filter((name) => !files.some((file) => file === name || file.startsWith(`${name}/`)))).toEqual([]);
  });

  it.each(documents)('%s names scripts of npm and commands of neiqin that there are', (document) => {
    const text = textOf(document);
    const scripts = [...allIn(text, /\bnpm run ([\w-]+)/gu), ...allIn(text, /\bnpm (start|test)\b/gu)];
    expect(scripts.filter((script) => !(script in program.scripts))).toEqual([]);
    const commands = commandLine().commands.map((command) => command.name());
    const typed = `${quotedIn(text).join('\n')}\n${allIn(text, /^```(?:bash|sh)\n([\s\S]*?)^```$/gmu).join('\n')}`;
    expect(allIn(typed, /(?:^|\s|\/)neiqin(?:\.js)? ([a-z][\w-]*)/gmu).filter((name) => !commands.includes(name))).toEqual([]);
  });

  it.each(documents)('%s names variables that the program reads', (document) => {
    const known = (name: string): boolean =>
      name in settingsTable || code.some((text) => text.includes(name)) || textOf('.env.example').includes(name);
    expect(allIn(textOf(document), /\b(NEIQIN_[A-Z_]+[A-Z])\b/gu).filter((name) => !known(name))).toEqual([]);
  });
});

describe('the decisions', () => {
  const decisions = topics.filter((file) => file.startsWith('docs/decisions/')).sort();

  it('are numbered without a gap', () => {
    const numbers = decisions.map((file) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/u.exec(file)?.[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it.each(decisions)('%s says why, what, and what follows', (file) => {
    expect(textOf(file)).toMatch(
      /^# \d{4} .+\n\n## Context\n[\s\S]+\n## What was (tried|weighed)\n[\s\S]+\n## Decision\n[\s\S]+\n## Consequences\n/u,
    );
    expect(textOf(file).slice(2, 6)).toBe(path.basename(file).slice(0, 4));
  });
});

describe('the numbers of the language page', () => {
  const numbers = new Set(allIn(textOf('docs/language.md'), /^#{2,3} (\d+(?:\.\d+)?)[. ]/gmu));

  it('that tests name are there', () => {
    const tests = sources.filter((file) => file.endsWith('.test.ts') && !file.startsWith('test/structure/'));
    const unknown = tests.flatMap((file) =>
      [...allIn(textOf(file), /\[L(\d+(?:\.\d+)?)\]/gu), ...allIn(textOf(file), /'L(\d+\.\d+)'/gu)]
        .filter((number) => !numbers.has(number))
        .map((number) => `${file}: L${number}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe('the changelog', () => {
  it('tells of the version that the package has', () => {
    expect(textOf('CHANGELOG.md')).toContain(`## [${program.version}]`);
  });
});

describe('the glossary', () => {
  it('names identifiers that there are', () => {
    const rows = allIn(textOf('docs/glossary.md'), /^\|[^|]+\|[^|]+\|([^|]+)\|$/gmu).slice(2);
    const names = rows.flatMap((row) => quotedIn(row)).filter((name) => /^[\w.-]+$/u.test(name));
    const everything = [...code, ...files.filter((file) => /^(definitions|docs\/language)/u.test(file)).map(textOf)].join('\n');
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => !name.split('.').every((part) => everything.includes(part)))).toEqual([]);
  });
});
