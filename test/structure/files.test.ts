import { files, importsOf, isTest, sources, textOf } from './sources';

const MOST_LINES = 500;

/** Longer files, each with its reason. */
const longer: Record<string, string> = {
  'package-lock.json': 'npm writes it',
  'test/platform/compose-spec.json': 'the schema of the Compose Specification, as it was published',
  'docs/language.md': 'the numbers of the language are one page for its readers',
  'docs/tutorial.md': 'it is followed from its top to its end, with every file and answer in full',
  'docs/tutorial.zh.md': 'it is followed from its top to its end, with every file and answer in full',
  'definitions/schema/process.json': 'one JSON Schema is one document for an editor',
  'definitions/schema/scenario.json': 'one JSON Schema is one document for an editor',
  'server/openapi.yaml': 'the contract is one document for its readers',
  'db/schema.sql': 'the listing of the schema is one document for its readers',
};

/** Where a program begins, each with who begins it. */
const entryPoints: Record<string, string> = {
  'bin/neiqin.js': 'the command',
  'cli/main.ts': 'bin/neiqin.js loads it compiled',
  'server/compiler/compiler-process.ts': 'server/compiler/compiler.ts starts it as a process of its own',
  'rendering/pdf/pdf-thread.ts': 'rendering/pdf/render-pdf.ts starts it as a thread of its own',
  'rendering/spreadsheet/workbook-thread.ts': 'rendering/spreadsheet/render-workbook.ts starts it as a thread of its own',
  'workflows/index.ts': 'the bundle of workflow code begins there',
  'docker/healthcheck.js': 'the container engine runs it',
  'jest.config.js': 'jest reads it',
  'test/setup/global-setup.ts': 'jest.config.js names it',
  'test/setup/global-teardown.ts': 'jest.config.js names it',
  'test/setup/patience.ts': 'jest.config.js names it',
};

/** Sources that only tests use so far, each with its reason. */
const forTests: Record<string, string> = {
  'db/schema-listing.ts': 'makes db/schema.sql, which a test compares',
  'engine/calendar/fixture.ts': 'lies beside the tests that it is for',
  'engine/feel/fixture.ts': 'lies beside the tests that it is for',
  'server/history-records.ts': 'reads the batches out of a history, with which tests compare the rows',
};

const text = files.filter((file) => !/\.(png|jpg|gz|ico)$/u.test(file) && !file.startsWith('test/histories/'));

describe('files', () => {
  it(`have at most ${MOST_LINES} lines`, () => {
    const tooLong = text
      .filter((file) => !(file in longer) && textOf(file).split('\n').length > MOST_LINES + 1)
      .map((file) => `${file}: ${textOf(file).split('\n').length - 1}`);
    expect(tooLong).toEqual([]);
  });

  it('that are allowed to be longer are there, and still are', () => {
    expect(Object.keys(longer).filter((file) => !files.includes(file) || textOf(file).split('\n').length <= MOST_LINES + 1)).toEqual([]);
  });

  it('of source are used by another, or begin a program', () => {
    const used = new Set(sources.flatMap((file) => importsOf(file).map(({ target }) => target)));
    const orphans = sources.filter((file) => !used.has(file) && !(file in entryPoints) && !file.endsWith('.test.ts'));
    expect(orphans).toEqual([]);
  });

  it('of source are used by more than tests', () => {
    const users = sources.filter((file) => !isTest(file));
    const used = new Set(users.flatMap((file) => importsOf(file).map(({ target }) => target)));
    const unused = users.filter((file) => !used.has(file) && !(file in entryPoints) && !(file in forTests));
    expect(unused).toEqual([]);
  });

  it('hold no marks of an unfinished merge, no byte order mark, no carriage return, and no invisible control characters', () => {
    const marks = /^(<{7}|={7}|>{7}|\|{7})( |$)/mu;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    const invisible = /[\u0000-\u0008\u000b-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
    expect(text.filter((file) => marks.test(textOf(file)) || invisible.test(textOf(file)))).toEqual([]);
  });

  it('of tests run in full: none is focused', () => {
    const focused = /\b(?:it|test|describe)\.(?:concurrent\.)?only\b|\bf(?:it|describe)\(/u;
    expect(
      sources.filter((file) => file.endsWith('.test.ts') && focused.test(textOf(file)) && !file.startsWith('test/structure/')),
    ).toEqual([]);
  });

  it('speak of no single machine', () => {
    const place = /(?:^|[\s"'`(=])\/(?:root|work|Users)\/|\/home\/(?!\.\.\.)\w+\//mu;
    expect(text.filter((file) => !isTest(file) && place.test(textOf(file)))).toEqual([]);
  });
});
