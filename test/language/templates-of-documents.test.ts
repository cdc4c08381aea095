import { compileTemplate } from '../../engine/compile/compile-template';
import type { Finding } from '../../engine/compile/deployment';
import { Report } from '../../engine/compile/report';
import type { JsonObject } from '../../engine/json';
import { readDocument } from '../../engine/language/documents';
import { formatFinding } from '../../engine/language/finding';
import { checkSchema } from '../../engine/language/schema-check';
import { type FilledValue, fillTemplate } from '../../engine/template/fill-template';
import { compileTexts, findingsOf } from './compile-steps';
import { ports } from './definition-files';

function compile(text: string) {
  const { document, findings } = readDocument({ path: '1.yaml', text });
  if (document === undefined) throw new Error(findings.map(formatFinding).join('\n'));
  const said: Finding[] = [...checkSchema(document)];
  const template = said.length > 0 ? undefined : compileTemplate(new Report(document, said), ports);
  return { template, findings: said.map(formatFinding) };
}

const house = { id: 'tianhe', title: { zh: '天河店', en: 'Tianhe' } };
const at = { nowMs: Date.UTC(2026, 2, 5, 1), timezone: 'Asia/Shanghai', dealership: house };

function fill(text: string, values: JsonObject, language: 'zh' | 'en' = 'zh') {
  const { template, findings } = compile(text);
  expect(findings).toEqual([]);
  const filling = fillTemplate(template!, values, { ...at, language });
  return filling.ok ? filling.document : filling.problems;
}

const bill = `template: bill
title: { zh: 账单, en: Bill }
values:
  number: { type: string, maxLength: 10 }
  amount: { type: string, format: money }
  lines:
    type: array
    items: { type: object, properties: { name: { type: string }, price: { type: string, format: money }, pieces: { type: integer } } }
  note: { type: string }
optional: [note]
content:
`;
const values = {
  number: 'B-1',
  amount: '300.30',
  lines: [
    { name: '轮胎', price: '100.10', pieces: 2 },
    { name: '贴膜', price: '200.20', pieces: 1 },
  ],
};
const block = (yaml: string) => `${bill}  - ${yaml}\n`;
const shown = (all: readonly FilledValue[]) => all.map(({ value }) => value);

describe('a template', () => {
  it('[L25.1] is filled with values of its own types: each must be given unless it is optional, and none is strange', () => {
    const text = block('{ heading: A }');
    expect(fill(text, values)).toMatchObject({ title: '账单', paper: 'A4', pageNumbers: true });
    expect(fill(text, { ...values, amount: '1' })).toEqual([expect.stringMatching(/^"amount" /u)]);
    expect(fill(text, { number: 'B-1', amount: '1.00' })).toEqual([expect.stringMatching(/^"lines" /u)]);
    expect(fill(text, { ...values, note: null, lines: [{ name: '轮胎', price: null }] })).toMatchObject({ title: '账单' });
    expect(fill(text, { ...values, amount: null })).toEqual([expect.stringMatching(/^"amount" /u)]);
    expect(fill(text, { ...values, nmber: 'x' })).toEqual([expect.stringMatching(/nmber/u)]);
    expect(fill(text, { ...values, number: '12345678901' })).toEqual([expect.stringMatching(/^"number" /u)]);
  });

  it('[L25.1] names its values and what it is, and nothing twice', () => {
    expect(compile(block('{ heading: A, note: B }')).findings).toEqual([expect.stringMatching(/heading/u)]);
    expect(compile(block('{ heding: A }')).findings).toEqual([expect.stringMatching(/"heding".*did you mean "heading"/u)]);
    expect(compile(block('{ heading: A, perLine: 2 }')).findings).toEqual([expect.stringMatching(/fields/u)]);
    expect(compile(`${bill.replace('[note]', '[nte]')}  - { heading: A }\n`).findings).toEqual([
      '1.yaml:10:12: error unknown-field: there is no value "nte"; did you mean "note"?',
    ]);
    expect(compile('template: t\nvalues: { dealership: { type: string } }\ncontent: [{ heading: A }]\n').findings).toEqual([
      '1.yaml:2:11: error reserved-name: "dealership" is the house itself; choose another name',
    ]);
    expect(compile('template: t\nvalues: { o: { $ref: form:sales-order } }\ncontent: [{ heading: A }]\n').findings).toEqual([
      expect.stringMatching(/^1\.yaml:2:22: error form-reference/u),
    ]);
  });

  it('[L25.2] has texts in both languages, with expressions over the values and the house', () => {
    const text = block('{ text: { zh: "{{dealership.title}} {{number}}", en: "{{dealership.title}} no. {{number}}" }, align: right }');
    expect(fill(text, values)).toMatchObject({ blocks: [{ text: '天河店 B-1', align: 'right', bold: false }] });
    expect(fill(text, values, 'en')).toMatchObject({ title: 'Bill', blocks: [{ text: 'Tianhe no. B-1' }] });
    expect(fill(block(`{ note: '{{if number = "B-1" then "一" else "二"}}' }`), values)).toMatchObject({ blocks: [{ text: '一' }] });
    expect(compile(block('{ text: "{{nmber}}" }')).findings).toEqual([
      expect.stringMatching(/^1\.yaml:12:\d+: error expression: .*"nmber".*did you mean "number"/u),
    ]);
    expect(compile(block('{ text: "{{number" }')).findings).toEqual([expect.stringMatching(/the braces of "\{\{number" do not match/u)]);
    expect(compile(block('{ text: { zh: "{{#if note}}x", en: y } }')).findings).toEqual([expect.stringMatching(/is not closed/u)]);
  });

  it('[L25.2] leaves a part out where its condition is not true', () => {
    const text = block('{ when: =note != null, text: "{{note}}" }');
    expect(fill(text, values)).toMatchObject({ blocks: [] });
    expect(fill(text, { ...values, note: '急' })).toMatchObject({ blocks: [{ text: '急' }] });
    expect(compile(block('{ when: =number, text: A }')).findings).toEqual([expect.stringMatching(/error condition-type/u)]);
  });

  it('[L25.3] shows fields and totals with their types; an amount may stand in capital figures', () => {
    const text = block('{ fields: [{ label: 金额, value: =amount * 2, show: capitals }, { label: 号, value: =number }], perLine: 1 }');
    expect(fill(text, values)).toMatchObject({
      blocks: [{ perLine: 1, fields: [{ value: { value: '600.60', kind: 'money', show: 'capitals' } }, { value: { value: 'B-1' } }] }],
    });
    expect(compile(block('{ totals: [{ label: A, value: =number, show: capitals }] }')).findings).toEqual([
      expect.stringMatching(/error expression-type: capital figures are of amounts, not of the type "string"/u),
    ]);
  });

  it('[L25.4] has a row for each element of a list, and adds columns up exactly', () => {
    const rows = `id: lines
    rows: =lines
    as: line
    columns:
      - { title: 名称, value: =line.name, width: 3 }
      - { title: 件数, value: =line.pieces, total: true }
      - { title: 金额, value: =line.price, total: true }`;
    const document = fill(block(rows), { ...values, lines: [...values.lines, { name: '洗车' }] });
    if (Array.isArray(document) || document.blocks[0]?.kind !== 'rows') throw new Error('there are no rows');
    expect(document.blocks[0].rows.map(shown)).toEqual([
      ['轮胎', 2, '100.10'],
      ['贴膜', 1, '200.20'],
      ['洗车', null, null],
    ]);
    expect(document.blocks[0].totals?.map((total) => total?.value)).toEqual([undefined, 3, '300.30']);
    const wrong = rows.replace('=lines', '=number').replace('=line.pieces', '=number');
    expect(compile(block(wrong)).findings).toEqual([
      expect.stringMatching(/the expression gives a value of the type "string"; write one that gives a list/u),
      expect.stringMatching(/values of the type "string" cannot be added up/u),
    ]);
    expect(compile(block(rows.replace('line.name', 'line.nam'))).findings).toEqual([expect.stringMatching(/"nam".*did you mean "name"/u)]);
  });

  it('[L25.4] has at most 500 rows in a table', () => {
    const rows = block('{ rows: =lines, columns: [{ title: A, value: =row.name }] }');
    expect(fill(rows, { ...values, lines: Array.from({ length: 501 }, () => ({ name: 'x' })) })).toEqual([
      'a table has 501 rows, and may have 500',
    ]);
    const columns = Array.from({ length: 20 }, () => '{ title: A, value: =row.name }').join(', ');
    const tables = Array.from({ length: 3 }, () => `  - { rows: =lines, columns: [${columns}] }\n`).join('');
    expect(fill(bill + tables, { ...values, lines: Array.from({ length: 400 }, () => ({ name: 'x' })) })).toEqual([
      'its tables have more than 20000 cells',
    ]);
  });

  it('[L25.5] belongs to every dealership, as its overlays make it', () => {
    const overlay = `overlay: receipt
for: { dealership: haizhu }
change:
  - { at: payments/bank, merge: { title: { zh: 开户行, en: Bank } } }
  - { remove: signed }
  - { after: head, insert: [{ id: place, text: { zh: 海珠, en: Haizhu } }] }
`;
    const { dealerships, findings } = compileTexts(overlay);
    expect(findings.filter(({ file }) => file === '1.yaml').map(formatFinding)).toEqual([]);
    const kinds = (id: string) => dealerships[id]?.templates['receipt']?.blocks.map(({ kind }) => kind);
    expect(kinds('tianhe')).toEqual(['heading', 'text', 'fields', 'rows', 'totals', 'text', 'signatures']);
    expect(kinds('haizhu')).toEqual(['heading', 'text', 'text', 'fields', 'rows', 'totals', 'text']);
    expect(dealerships['haizhu']?.templates['outbound-order']?.hash).toBe(dealerships['tianhe']?.templates['outbound-order']?.hash);
    expect(findingsOf(overlay.replace('remove: signed', 'remove: sgned'))).toEqual([expect.stringMatching(/did you mean "signed"/u)]);
  });

  it('[L25.6] is known where a step fills it: its name, its values and their types', () => {
    const process = (input: string) => `process: p
variables: { order: { $ref: form:sales-order } }
steps:
  - { id: print, serviceTask: { connector: document.render, input: ${input} } }
`;
    const right = '{ number: N, order: =order.number, issuedAt: =now(), price: =order.price }';
    expect(findingsOf(process(`{ template: outbound-order, format: pdf, values: ${right} }`))).toEqual([]);
    expect(findingsOf(process(`{ template: outbond-order, format: pdf, values: ${right} }`))).toEqual([
      expect.stringMatching(/error unknown-template: there is no template "outbond-order"; did you mean "outbound-order"\?$/u),
    ]);
    expect(findingsOf(process('{ template: outbound-order, format: pdf, values: { nmber: N, order: O, issuedAt: =now() } }'))).toEqual([
      expect.stringMatching(/error unknown-input: .*"nmber"; did you mean "number"/u),
    ]);
    expect(findingsOf(process('{ template: outbound-order, format: odt, values: { number: N, order: O, issuedAt: =true } }'))).toEqual([
      expect.stringMatching(/error connector-input: "format"/u),
      expect.stringMatching(/error connector-input: "issuedAt" .*gets a value of the type "boolean"/u),
    ]);
  });
});
