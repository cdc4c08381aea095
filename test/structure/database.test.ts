import path from 'node:path';
import { migrations } from '../../db/migrations';
import { files, textOf } from './sources';

describe('migrations', () => {
  const names = migrations.map(({ name }) => name);

  it('are numbered in order, without a gap, and have the names of their files', () => {
    expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, index) => index + 1));
    const own = files.filter((file) => /^db\/migrations\/\d/u.test(file)).map((file) => path.basename(file, '.ts'));
    expect(own.sort()).toEqual([...names].sort());
  });

  it('are listed in the order in which they run', () => {
    expect(names).toEqual([...names].sort());
  });
});

describe('every table of a dealership', () => {
  const listing = textOf('db/schema.sql');
  const tables = [...listing.matchAll(/^create policy tenant on (\w+) /gmu)].map((match) => match[1] as string);

  it('is read and written as two dealerships by a test', () => {
    expect(tables.length).toBeGreaterThan(10);
    const list = /describe\('row-level security'[\s\S]*?it\.each\(\[([\s\S]*?)\]\)/u.exec(textOf('test/db/schema.test.ts'))?.[1] ?? '';
    expect(tables.filter((table) => !list.includes(`'${table}'`))).toEqual([]);
  });
});
