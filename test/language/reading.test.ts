import { readDocument } from '../../engine/language/documents';
import { formatFinding } from '../../engine/language/finding';
import { checkSchema } from '../../engine/language/schema-check';
import { processorMs } from '../setup/processor-time';

const read = (text: string) => readDocument({ path: '1.yaml', text }).findings.map(formatFinding);
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part)))).toString('utf8');

describe('bytes', () => {
  it('[L1.2] passes a byte order mark over at the beginning, and nowhere else', () => {
    expect(read('\ufeffprocess: p\nsteps: []')).toEqual([]);
    expect(read('process: p\ntitle: a\ufeffb')[0]).toContain('1.yaml:2:9: error invisible-character: the invisible character U+FEFF');
  });

  it.each([
    ['a byte of Latin-1', bytes('process: p\ntitle: caf', [0xe9], '\n'), '1.yaml:2:11:'],
    ['GBK', bytes('process: p\ntitle: ', [0xb6, 0xa9, 0xb5, 0xa5], '\n'), '1.yaml:2:8:'],
    ['an overlong form', bytes('process: ', [0xc0, 0xaf]), '1.yaml:1:10:'],
    ['a surrogate in UTF-8', bytes('process: ', [0xed, 0xa0, 0x80]), '1.yaml:1:10:'],
    ['UTF-16', bytes([0xff, 0xfe, 0x70, 0x00]), '1.yaml:1:1:'],
    ['half of a surrogate pair', 'process: p\ntitle: "\ud800"', '1.yaml:2:9:'],
  ])('[L1.2] refuses %s with its place', (_, text, place) => {
    expect(read(text)).toEqual([
      `${place} error not-utf8: the bytes here are no UTF-8; save the file as UTF-8, not as GBK, GB18030 or UTF-16`,
    ]);
  });

  it.each([
    ['NUL', '\u0000', 'U+0000'],
    ['escape', '\u001b[2J', 'U+001B'],
    ['a turn to the left', '\u202e', 'U+202E'],
    ['an isolate', '\u2067', 'U+2067'],
    ['an Arabic mark', '\u061c', 'U+061C'],
    ['no width', '\u200b', 'U+200B'],
    ['a soft hyphen', '\u00ad', 'U+00AD'],
    ['a line separator', '\u2028', 'U+2028'],
    ['a Hangul filler', '\u3164', 'U+3164'],
    ['a tag of plane 14', '\u{e0041}', 'U+E0041'],
  ])('[L1.2] refuses %s', (_, character, name) => {
    expect(read(`process: p\ntitle: a${character}b`)).toEqual([
      `1.yaml:2:9: error invisible-character: the invisible character ${name} is not allowed; delete it`,
    ]);
  });

  it('[L1.2] takes emoji with their joiners and Chinese punctuation', () => {
    expect(read('process: p\ntitle: 👩‍👧 家庭用车（含保险）：提车')).toEqual([]);
  });
});

describe('values that are read as something else', () => {
  const of = (value: string) => read(`process: p\nx: ${value}`).map((line) => line.replace('1.yaml:2:4: ', ''));

  it.each([
    [
      '0123',
      'error yaml-octal: "0123" is the number 123 here and an octal number elsewhere; put it in quotes if it is a text: "0123"; if it is a number, leave the zero out',
    ],
    ['0o17', 'error yaml-octal: "0o17" is the octal number 15; put it in quotes if it is a text: "0o17"; else write 15'],
    ['0x1F', 'error yaml-number: "0x1F" is the hexadecimal number 31; put it in quotes if it is a text: "0x1F"; else write 31'],
    ['1e3', 'error yaml-number: "1e3" is the number 1000; put it in quotes if it is a text: "1e3"; else write 1000'],
    ['1_000', 'error yaml-number: "1_000" is a text here and the number 1000 elsewhere; write 1000, or put it in quotes'],
    [
      '6217000010001234567',
      'error yaml-number: "6217000010001234567" has more digits than a number keeps; put it in quotes if it is a text: "6217000010001234567"',
    ],
    ['no', 'warning yaml-boolean-word: "no" is a text here and false elsewhere; put it in quotes: "no"; if it is no text, write false'],
    ['On', 'warning yaml-boolean-word: "On" is a text here and true elsewhere; put it in quotes: "On"; if it is no text, write true'],
    ['12:30', 'warning yaml-sexagesimal: "12:30" is a text here and a number of base 60 elsewhere; put it in quotes: "12:30"'],
    ['1e999', 'error yaml-value: this value is neither text, number, true, false nor null; put it in quotes'],
  ])('[L1.2] tells of %s', (value, finding) => {
    expect(of(value)).toEqual([finding]);
  });

  it.each([
    '"0123"',
    "'no'",
    '"12:30"',
    '123',
    '-0.5',
    '0',
    '0.25',
    '1800.00',
    'norway',
    'true',
    '2026-03-02',
    '2026-03-02T12:30:00+08:00',
    'PT4H',
    '粤A0123',
  ])('[L1.2] takes %s as it stands', (value) => {
    expect(of(value)).toEqual([]);
  });

  it('[L1.2] tells of each one in a list, and goes on', () => {
    expect(read('process: p\nx: [yes, 017, a]').map((line) => line.split(' ')[2])).toEqual(['yaml-boolean-word:', 'yaml-octal:']);
  });
});

describe('names', () => {
  it.each([
    [
      'a Cyrillic letter in a key',
      'process: p\nоrder: 1',
      '1.yaml:2:1: error mixed-scripts: "оrder" mixes letters of different scripts that look alike: Cyrillic and Latin',
    ],
    ['a Greek letter in an id', 'process: p\nsteps: [{ id: οrder, end: x }]', '1.yaml:2:15: error mixed-scripts'],
    ['a Cyrillic letter in the kind’s id', 'process: оrder', '1.yaml:1:10: error mixed-scripts'],
    ['a Cyrillic letter in an expression', 'process: p\nx: =оrder.number', '1.yaml:2:4: error mixed-scripts'],
    [
      'letters of full width',
      'process: p\nsteps: [{ id: ｏｒｄｅｒ, end: x }]',
      '"ｏｒｄｅｒ" has letters that only look like usual ones; write "order"',
    ],
    ['an accent of its own', 'process: p\nsteps: [{ id: cafe\u0301, end: x }]', 'error look-alike'],
    [
      'one id in two scripts',
      'process: p\nsteps: [{ id: copy, end: x }, { id: сору, end: y }]',
      '1.yaml:2:37: error look-alike: "сору" looks like "copy" and is another name',
    ],
    [
      'Chinese one and a long sound',
      'process: p\nsteps: [{ id: 一, end: x }, { id: ー, end: y }]',
      'error look-alike: "ー" looks like "一"',
    ],
    [
      'l and 1',
      'process: p\nsteps: [{ id: item1, end: x }, { id: iteml, end: y }]',
      '1.yaml:2:38: warning look-alike: "iteml" looks like "item1"',
    ],
    ['a blank of full width before a key', 'process: p\n\u3000title: x', '1.yaml:2:1: error odd-blank'],
    ['a key that is too long', `process: p\n${'k'.repeat(300)}: 1`, 'has more than 200 characters; write a shorter one'],
  ])('[L1.4] tells of %s', (_, text, start) => {
    expect(read(text)).toHaveLength(1);
    expect(read(text)[0]).toContain(start);
  });

  it('[L1.4] lets the title of a scenario hold Chinese punctuation', () => {
    expect(read('scenario: 备车晚，还车也晚（贵车）')).toEqual([]);
  });

  it('[L1.4] takes Chinese and Latin letters together, and any script in texts', () => {
    expect(
      read(
        'process: p\ntitle: Оrder 订单\nsteps: [{ id: 审核VIN, end: 完成 }, { id: 四S店, end: x }]\nx: =if 订单VIN = "Оrder" then 1 else 2',
      ),
    ).toEqual([]);
  });

  it('[L1.3] tells of the colon of a Chinese keyboard', () => {
    expect(read('process: p\ntitle：订单\nsteps: []')).toEqual([
      '1.yaml:2:1: error yaml-syntax: the colon "：" of a Chinese keyboard ends no key; write ": ", with the colon of an English keyboard',
    ]);
  });

  it('[L1.3] stops at 200 findings of one file', () => {
    expect(read(`process: p\nx: [${'017, '.repeat(1_000)}1]`)).toHaveLength(200);
  });

  it('[L1.2] keeps places of long keys in little room', () => {
    const deep = Array.from({ length: 60 }, (_, depth) => `${' '.repeat(depth)}${'k'.repeat(200)}:`).join('\n');
    const text = `process: p\n${deep}\n${' '.repeat(60)}[${'1,'.repeat(100_000)}1]`;
    expect(processorMs(() => expect(read(text)).toEqual([]))).toBeLessThan(5_000);
  });
});

describe('a number where a text is wanted', () => {
  it.each(['1800.00', '2.10', '007.5'])('[L1.3] is to be put in quotes as it stands: %s', (value) => {
    const { document } = readDocument({ path: '1.yaml', text: `dealership: d\nsettings: { transport: { priceCeiling: ${value} } }` });
    if (document === undefined) throw new Error('the document is in order');
    expect(checkSchema(document).map(formatFinding).join()).toContain(`put it in quotes, "${value}"`);
  });
});
