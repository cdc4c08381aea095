import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closureOf } from '../../engine/compile/closure';
import { compileDefinitions } from '../../engine/compile/compile';
import { readDocument } from '../../engine/language/documents';
import { definitionsFolder, filesIn, ports } from './definition-files';

const folder = join(__dirname, '..', '..', 'docs');
const page = readFileSync(join(folder, 'duties.md'), 'utf8');
const files = filesIn(definitionsFolder);
const documents = files.flatMap((file) => readDocument(file).document ?? []);
const idsOf = (kind: string): string[] => documents.filter((document) => document.kind === kind).map(({ id }) => id);
const duties = documents.filter(({ kind }) => kind === 'duty');
const listed = (key: string): string[] => [...new Set(duties.flatMap(({ value }) => (value[key] ?? []) as string[]))].sort();
const sections = page.split(/^## /mu).slice(1);
const named = (text: string): string[] => [...text.matchAll(/`([a-z][a-zA-Z0-9-]*)`/gu)].map(([, name]) => name as string);

describe('the page of the duties', () => {
  it('[L8.1] has a section for each row that a duty covers, and no other', () => {
    const rows = sections.map((section) => /^\d\.\d+/u.exec(section)?.[0]);
    expect(rows).toEqual(listed('covers'));
    const inTable = [...page.matchAll(/^\| (\d\.\d+) /gmu)].map(([, row]) => row);
    expect(inTable).toEqual(rows);
  });

  it('[L8.1] shows each process of the duties, and those that they call, with a diagram that is there', () => {
    const { dealerships } = compileDefinitions(files, ports);
    const { processes } = dealerships['tianhe'] ?? { processes: {} };
    const run = new Set(listed('processes').flatMap((id) => Object.keys(closureOf(dealerships['tianhe'] as never, id).processes)));
    const diagrams = [...page.matchAll(/^!\[(.+)\]\(diagrams\/(.+)\.svg\)$/gmu)].map(([, title, file]) => [title, file]);
    expect(diagrams.every(([title, file]) => title === file && existsSync(join(folder, 'diagrams', `${file}.svg`)))).toBe(true);
    expect(diagrams.map(([title]) => title).sort()).toEqual(Object.keys(processes).sort());
    expect([...run].every((id) => diagrams.some(([title]) => title === id))).toBe(true);
  });

  it.each(['register', 'report', 'decision', 'template'])('[L8.1] names each %s that there is', (kind) => {
    const names = named(page);
    expect(idsOf(kind).length).toBeGreaterThan(1);
    expect(idsOf(kind).filter((id) => !names.includes(id))).toEqual([]);
  });

  it('[L8.1] names each schedule with its time', () => {
    const schedules = duties.flatMap(({ value }) => (value['schedules'] ?? []) as { id: string; at: string }[]);
    expect(schedules.length).toBeGreaterThan(1);
    for (const { id, at } of schedules) expect(page).toContain(`schedule \`${id}\` at ${at}`);
  });
});
