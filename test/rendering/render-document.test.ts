import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { compileTemplate } from '../../engine/compile/compile-template';
import { Report } from '../../engine/compile/report';
import type { JsonObject } from '../../engine/json';
import { readDocument } from '../../engine/language/documents';
import { checkSchema } from '../../engine/language/schema-check';
import type { CompiledTemplate } from '../../engine/template/template';
import { type DocumentFormat, renderDocument } from '../../rendering/document/render-document';
import { capitals } from '../../rendering/document/value-text';
import { textOfPdf } from './text-of-pdf';

function templateOf(text: string): CompiledTemplate {
  const { document, findings } = readDocument({ path: 't.yaml', text });
  if (document === undefined) throw new Error(JSON.stringify(findings));
  const said = [...checkSchema(document)];
  const ports = { sha256: (all: string) => createHash('sha256').update(all).digest('hex') };
  const template = compileTemplate(new Report(document, said), ports);
  expect(said).toEqual([]);
  return template;
}

const folder = path.join(__dirname, '..', '..', 'definitions', 'base', 'templates');
const shipped = Object.fromEntries(
  readdirSync(folder).map((file) => [file.replace('.yaml', ''), templateOf(readFileSync(path.join(folder, file), 'utf8'))]),
);
const at = {
  nowMs: Date.UTC(2026, 2, 5, 1),
  timezone: 'Asia/Shanghai',
  dealership: { id: 'tianhe', title: { zh: '天河店', en: 'Tianhe' } },
};

async function rendered(template: CompiledTemplate, format: DocumentFormat, values: JsonObject, language: 'zh' | 'en' = 'zh') {
  const file = await renderDocument(template, format, values, { ...at, language });
  if (!file.ok) throw new Error(file.problems.join('; '));
  return file;
}

const receipt = {
  number: 'SJ202603-0001',
  order: 'SO-1001',
  customer: '王芳 <堃>',
  receivedOn: '2026-03-05',
  payments: [
    { bank: '工商银行', reference: '=HYPERLINK("x")', amount: '200000.00' },
    { bank: '建设银行', reference: '{tag} {#loop}', amount: '58000.50' },
  ],
  amount: '258000.50',
};
const outbound = {
  number: 'CK202603-0017',
  order: 'SO-1001',
  issuedAt: '2026-03-05T01:12:00Z',
  vin: 'LSVAA4182E2184847',
  price: '258000.00',
};
const note = {
  order: 'SO-1001',
  customer: '王芳',
  deliveredOn: '2026-03-05',
  vehicles: [{ model: '传祺 GS8', vin: 'LSVAA4182E2184847', keys: 2 }],
  papers: ['合格证', '发票'],
};
const samples: Record<string, JsonObject> = { 'outbound-order': outbound, 'delivery-note': note, receipt };

/** The texts of a Word file, a line for each paragraph. */
function textOfWord(file: Buffer): string[] {
  const xml = strFromU8(unzipSync(file)['word/document.xml'] as Uint8Array);
  const plain = (text: string) =>
    text
      .replace(/&lt;/gu, '<')
      .replace(/&gt;/gu, '>')
      .replace(/&quot;/gu, '"')
      .replace(/&amp;/gu, '&');
  return xml
    .split('</w:p>')
    .map((paragraph) => [...paragraph.matchAll(/<w:t[^>]*>([^<]*)<\/w:t>/gu)].map(([, text = '']) => plain(text)).join(''));
}

describe.each(Object.keys(samples))('the shipped %s', (id) => {
  it.each(['pdf', 'docx'] as const)('[L25.6] as %s has the same bytes for the same values at the same time', async (format) => {
    for (const language of ['zh', 'en'] as const) {
      const one = await rendered(shipped[id]!, format, samples[id]!, language);
      const two = await rendered(shipped[id]!, format, structuredClone(samples[id]!), language);
      expect(one.content.equals(two.content)).toBe(true);
      expect(one.name).toBe(`${shipped[id]!.title[language]}.${format}`);
    }
  });
});

it('[L25.3] writes amounts for people, and in capital figures', async () => {
  const [page = ''] = textOfPdf((await rendered(shipped['receipt']!, 'pdf', receipt)).content);
  const lines = page.split('\n');
  expect(lines).toEqual(expect.arrayContaining(['天河店 收据', '编号：SJ202603-0001', '大写：人民币贰拾伍万捌仟元伍角整']));
  expect(lines).toContain('工商银行=HYPERLINK("x")200,000.00');
  expect(lines).toContain('合计258,000.50');
  expect(page).toContain('王芳 <堃>');
});

it.each([
  ['258000.00', '人民币贰拾伍万捌仟元整'],
  ['1050.08', '人民币壹仟零伍拾元零捌分'],
  ['0.05', '人民币伍分'],
  ['0.00', '人民币零元整'],
  ['-5.10', '人民币负伍元壹角整'],
  ['10', '人民币壹拾元整'],
  ['0.005', '人民币壹分'],
  ['99.995', '人民币壹佰元整'],
  ['-0.004', '人民币零元整'],
  ['100000000.10', '人民币壹亿元壹角整'],
  ['9999999999999999.99', '人民币玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分'],
])('[L25.3] writes %s as %s', (amount, text) => {
  expect(capitals(amount)).toBe(text);
});

it('[L25.3] shows a time on the clock of the house', async () => {
  const [page] = textOfPdf((await rendered(shipped['outbound-order']!, 'pdf', outbound)).content);
  expect(page).toContain('2026-03-05 09:12');
});

it('[L25.6] gives a Word file whose texts are those of the values, whatever they look like', async () => {
  const lines = textOfWord((await rendered(shipped['receipt']!, 'docx', receipt)).content);
  expect(lines).toEqual(
    expect.arrayContaining([
      '天河店 收据',
      '王芳 <堃>',
      '=HYPERLINK("x")',
      '{tag} {#loop}',
      '58,000.50',
      '大写：人民币贰拾伍万捌仟元伍角整',
    ]),
  );
  expect(lines.filter((line) => /\{[#/]?[tc]\d/u.test(line))).toEqual([]);
});

it('[L25.6] is drawn where a character is not in the font, and where values hold lines and marks that no paper shows', async () => {
  const values = { ...outbound, customer: '𠮷田😀\u202e\u0007', note: '第一行\n第二行' };
  const [page] = textOfPdf((await rendered(shipped['outbound-order']!, 'pdf', values)).content);
  expect(page).toContain('〓田〓');
  expect(page).toContain('第一行');
  expect(page).toContain('第二行');
  const lines = textOfWord((await rendered(shipped['outbound-order']!, 'docx', values)).content);
  expect(lines.some((line) => line.includes('𠮷田😀'))).toBe(true);
});

const long = templateOf(`template: long
title: { zh: 明细, en: Details }
paper: A5-landscape
values: { list: { type: array, items: { type: object, properties: { name: { type: string }, amount: { type: string, format: money } } } } }
content:
  - heading: 明细
  - rows: =list
    columns: [{ title: 名称, value: =row.name }, { title: 金额, value: =row.amount, total: true }]
`);

it('[L25.4] repeats the head of a table on each page, and numbers the pages', async () => {
  const list = Array.from({ length: 120 }, (_, index) => ({ name: `第${index + 1}项`, amount: '0.10' }));
  const pages = textOfPdf((await rendered(long, 'pdf', { list })).content);
  expect(pages.length).toBeGreaterThan(3);
  const tops = pages.map((page) => page.split('\n').find((line) => line !== '明细'));
  expect(tops).toEqual(pages.map(() => '名称金额'));
  expect(pages.map((page) => page.split('\n').at(-1))).toEqual(pages.map((_, index) => `明细第 ${index + 1} 页，共 ${pages.length} 页`));
  expect(pages.at(-1)).toContain('12.00');
  const rows = pages.join('\n').match(/第\d+项/gu) ?? [];
  expect(rows).toEqual(list.map(({ name }) => name));
});

it('[L25.4] is drawn without rows', async () => {
  expect(textOfPdf((await rendered(long, 'pdf', { list: [] })).content)[0]).toContain('0.00');
  expect(textOfWord((await rendered(long, 'docx', { list: [] })).content)).toContain('0.00');
});
