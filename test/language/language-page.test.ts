import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsOf, processAround } from './compile-steps';

const root = join(__dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'language.md'), 'utf8');
const headings = [...page.matchAll(/^### (\d+\.\d+) /gmu)].map((match) => match[1] as string);
const snippets = [...page.matchAll(/^### (\d+\.\d+) (.*)$|^```yaml\n([\s\S]*?)^```$/gmu)].reduce<{ number: string; text: string }[]>(
  (found, match) => {
    if (match[1] !== undefined) found.push({ number: match[1], text: '' });
    else found.push({ number: found.at(-1)?.number ?? '', text: match[3] ?? '' });
    return found;
  },
  [],
);

describe('the language page', () => {
  it.each(snippets.filter((snippet) => snippet.text !== '').map((snippet) => [snippet.number, snippet.text] as const))(
    '[L%s] its example compiles',
    (number, text) => {
      const document = text.startsWith('- ') ? processAround(text) : text;
      const beside = snippets
        .filter((snippet) => snippet.number === number && !['', text].includes(snippet.text))
        .map((snippet) => snippet.text);
      const registers = snippets.filter((snippet) => snippet.text.startsWith('register: ')).map((snippet) => snippet.text);
      const reports = snippets.filter((snippet) => snippet.text.startsWith('report: ')).map((snippet) => snippet.text);
      const others = /connector: report\./u.test(text)
        ? [...registers, ...reports]
        : /connector: register\.|^report: /u.test(text)
          ? registers
          : [];
      expect(findingsOf(document, ...(/^requires:/mu.test(text) ? beside : []), ...others)).toEqual([]);
    },
  );

  it('[L1] has a test for each of its numbers', () => {
    const tests = ['api', 'connectors', 'db', 'engine', 'integration', 'interchange', 'language', 'rendering', 'scenarios'].flatMap(
      (folder) => readdirSync(join(root, 'test', folder)).map((name) => readFileSync(join(root, 'test', folder, name), 'utf8')),
    );
    const named = new Set(tests.flatMap((text) => [...text.matchAll(/\bL(\d+\.\d+)/gu)].map((match) => match[1])));
    expect(headings.filter((number) => !named.has(number))).toEqual([]);
  });
});
