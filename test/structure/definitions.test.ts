import path from 'node:path';
import { files, sources, textOf } from './sources';

const documents = files.filter((file) => /^definitions\/.*\.ya?ml$/u.test(file));
const idsOf = (kind: string): string[] =>
  documents.flatMap((file) => new RegExp(`^${kind}: (\\S+)$`, 'mu').exec(textOf(file).split('\n').slice(0, 2).join('\n'))?.[1] ?? []);
const connectors = files
  .filter((file) => /^activities\/connectors\/(?!index\.ts$|.*\.test\.ts$)/u.test(file))
  .flatMap((file) =>
    [...textOf(file).matchAll(/^(?:export const \w+: Connector = \{ | {2})name: '([^']+)'/gmu)].map((match) => match[1] as string),
  );

describe('the shipped definitions', () => {
  it.each(['process', 'form'])('have no %s that nothing uses', (kind) => {
    const texts = documents
      .filter((file) => !file.includes('.scenarios/'))
      .map((file) => textOf(file).replace(/^(process|form): .*$/mu, ''))
      // a list of lines as a list on one
      .map((text) =>
        text.replace(
          /\bprocesses:\n((?: {2}- [\w-]+\n)+)/gu,
          (_, list) => `processes: [${list.trim().replace(/^ *- /gmu, '').replaceAll('\n', ', ')}]`,
        ),
      );
    const named = new RegExp(kind === 'process' ? '\\bprocess(?:es)?: (?:\\[([^\\]]*)\\]|([\\w-]+))' : '\\bform: ?(?:([\\w-]+))', 'gu');
    const used = new Set(texts.flatMap((text) => [...text.matchAll(named)].flatMap(([, list, one]) => (list ?? one ?? '').split(', '))));
    expect(idsOf(kind).length).toBeGreaterThan(3);
    expect(idsOf(kind).filter((id) => !used.has(id))).toEqual([]);
  });

  it('have duties that a dealership has', () => {
    const texts = documents.filter((file) => file.startsWith('definitions/dealerships/')).map(textOf);
    const had = new Set(texts.flatMap((text) => /^duties: \[(.*)\]$/mu.exec(text)?.[1]?.split(', ') ?? []));
    expect(idsOf('duty').length).toBeGreaterThan(0);
    expect(idsOf('duty').filter((id) => !had.has(id))).toEqual([]);
  });

  it('begin with the schema that an editor checks them by', () => {
    const wrong = documents.filter((file) => {
      const named = /^# yaml-language-server: \$schema=(\S+)\n/u.exec(textOf(file))?.[1];
      return named === undefined || !files.includes(path.posix.join(path.posix.dirname(file), named));
    });
    expect(wrong).toEqual([]);
  });

  it('call connectors that there are', () => {
    const called = documents.flatMap((file) =>
      [...textOf(file).matchAll(/^\s*connector: ([^\s,]+),?$/gmu)].map((match) => match[1] as string),
    );
    expect(called.length).toBeGreaterThan(0);
    expect(called.filter((name) => !connectors.includes(name))).toEqual([]);
  });
});

describe('every connector', () => {
  it('is found here', () => {
    expect(connectors.length).toBe(files.filter((file) => /^activities\/connectors\/(?!index\.ts$|.*\.test\.ts$)/u.test(file)).length);
  });

  it.each(connectors)('%s is described in the language page', (name) => {
    const section = /^### 4\.5 [\s\S]*?(?=^### )/mu.exec(textOf('docs/language.md'))?.[0];
    expect(section).toContain(`\`${name}\``);
  });

  it.each(connectors)('%s is named by a test', (name) => {
    const tests = sources.filter((file) => file.startsWith('test/') && !file.startsWith('test/structure/'));
    expect(tests.some((file) => textOf(file).includes(`'${name}'`))).toBe(true);
  });
});

describe('every kind of step', () => {
  const { $defs } = JSON.parse(textOf('definitions/schema/process.json')) as { $defs: { step: { oneOf: { required: [string] }[] } } };
  const kinds = $defs.step.oneOf.map(({ required: [kind] }) => kind);

  it.each(kinds)('%s stands in the glossary', (kind) => {
    expect(kinds.length).toBeGreaterThan(5);
    expect(textOf('docs/glossary.md')).toContain(`\`${kind}\``);
  });
});
