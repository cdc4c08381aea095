import { readDocument } from '../../engine/language/documents';
import { formatFinding } from '../../engine/language/finding';
import { processorMs } from '../setup/processor-time';
import { findingsOf, processAround } from './compile-steps';

const read = (text: string) => readDocument({ path: '1.yaml', text }).findings.map(formatFinding);

describe('reading a file', () => {
  it('[L1.1] takes the first key as the kind', () => {
    expect(readDocument({ path: '1.yaml', text: 'process: p\nsteps: []' }).document?.kind).toBe('process');
    expect(read('proces: p')).toEqual(['1.yaml:1:1: error document-kind: "proces" is no kind of document; did you mean "process"?']);
    expect(read('steps: []\nprocess: p')).toEqual([
      '1.yaml:1:1: error document-kind: the document begins with "steps"; move the line "process: ..." to the top',
    ]);
    expect(read('')[0]).toContain('document-empty');
    expect(read('- a')[0]).toContain('document-shape');
  });

  it.each([
    ['an alias', 'process: p\nsteps: &a [*a]', '1.yaml:2:8: error yaml-anchor'],
    ['a tag', 'process: !!str p', '1.yaml:1:10: error yaml-tag'],
    ['a merge key', 'process: p\n<<: { a: 1 }', '1.yaml:2:1: error yaml-merge-key'],
    ['an explicit key', 'process: p\n? a\n: b', '1.yaml:2:1: error yaml-explicit-key'],
    ['a directive', '%YAML 1.1\n---\nprocess: p', '1.yaml:1:1: error yaml-directive'],
    ['a key twice', 'process: p\nsteps: []\nsteps: []', '1.yaml:3:1: error duplicate-key'],
    ['a second document', 'process: p\n---\nprocess: q', '1.yaml:2:1: error one-document'],
    ['a prototype key', 'process: p\n__proto__: { a: 1 }', '1.yaml:2:1: error reserved-key'],
    ['a turned direction of writing', 'process: p\ntitle: a\u202eb', '1.yaml:2:9: error invisible-character'],
    ['a control character', 'process: p\ntitle: "a\u0007"', '1.yaml:2:10: error invisible-character'],
    ['a tab', 'process: p\nsteps:\n\t- id: a', '1.yaml:3:1: error yaml-syntax'],
    ['infinity', 'process: p\nx: .inf', '1.yaml:2:4: error yaml-value'],
  ])('[L1.2] refuses %s', (_, text, start) => {
    const findings = read(text);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(start);
  });

  it.each([
    ['brackets', '['.repeat(1_000)],
    ['braces', '{a: '.repeat(1_000)],
    ['dashes', '- '.repeat(1_000)],
    ['indentation', Array.from({ length: 100 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('[L1.2] refuses %s beyond depth 64 before it parses', (_, text) => {
    expect(read(`process: p\nx: ${text.startsWith('a') || text.startsWith('-') ? `\n${text}` : text}`)[0]).toContain('document-too-deep');
  });

  it('[L1.2] takes what nests within the limit, and block texts of any shape', () => {
    expect(read(`process: p\nx: ${'['.repeat(60)}${']'.repeat(60)}`)).toEqual([]);
    expect(read(`process: p\nx: |\n${Array.from({ length: 100 }, (_, depth) => `  ${' '.repeat(depth)}- a`).join('\n')}\ny: 1`)).toEqual(
      [],
    );
    expect(read(`process: p\nsteps:\n${'  - id: a\n    do:\n      - id: b\n'.repeat(500)}`)).toEqual([]);
  });

  it('[L1.2] refuses more than 256 kB, and reads that much in good time', () => {
    expect(read(`process: p\nx: "${'字'.repeat(90_000)}"`)[0]).toContain('document-too-large');
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(processorMs(() => expect(read(`process: p\n${keys}`)).toEqual([]))).toBeLessThan(5_000);
  });

  it.each([
    [
      'process: p\nsteps:\n  - id: a\n   end: b',
      '1.yaml:4:1: error yaml-syntax: this line is not indented like the lines that it belongs to',
    ],
    ['process: a: b', '1.yaml:1:10: error yaml-syntax: a value may not hold ": "; put the whole value in single quotes'],
    ["process: 'a", 'a quote is opened and not closed'],
  ])('[L1.3] says what is wrong with the syntax', (text, message) => {
    expect(read(text)).toHaveLength(1);
    expect(read(text)[0]).toContain(message);
  });

  it('[L1.3] points at the words in an expression, however it is quoted', () => {
    const place = (value: string) => findingsOf(processAround(`- id: a\n  waitFor: ${value}`)).map((line) => line.split(' ')[0]);
    expect(place('=order.number = nmber')).toEqual(['1.yaml:5:30:']);
    expect(place('"=order.number = nmber"')).toEqual(['1.yaml:5:31:']);
    expect(place("'=order.number = nmber'")).toEqual(['1.yaml:5:31:']);
  });
});
