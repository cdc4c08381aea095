import type { Content, TableCell } from 'pdfmake/interfaces';
import type { FilledBlock, FilledTemplate } from '../../engine/template/fill-template';
import { words } from '../language';
import { printable } from '../pdf/font';
import { THIN_LINES } from '../pdf/pdf-document';
import { renderPdf } from '../pdf/render-pdf';
import { isRight, labelled, valueText } from './value-text';

const LABEL_FILL = '#f1f4f9';
const SIGNATURE_LINE = '____________________';

/** Draws a filled template on paper. The same document at the same time has the same bytes. */
export async function documentPdf(document: FilledTemplate, atMs: number): Promise<Buffer> {
  const [size = 'A4', orientation = 'portrait'] = document.paper.split('-') as ['A4' | 'A5', 'landscape' | undefined];
  return renderPdf({
    title: printable(document.title),
    content: document.blocks.map((block) => contentOf(block, document)),
    size,
    orientation,
    fontSize: size === 'A5' ? 9 : 10,
    footer: document.pageNumbers ? printable(document.title) : '',
    pageNumber: document.pageNumbers ? words[document.language].page : '',
    atMs,
  });
}

function contentOf(block: FilledBlock, document: FilledTemplate): Content {
  switch (block.kind) {
    case 'heading':
      return { text: printable(block.text), fontSize: 16, bold: true, alignment: 'center', margin: [0, 0, 0, 8] };
    case 'text':
      return { text: printable(block.text), alignment: block.align, bold: block.bold, margin: [0, 0, 0, 4] };
    case 'note':
      return { text: printable(block.text), fontSize: 8, color: '#555555', margin: [0, 6, 0, 0] };
    case 'fields':
      return fieldsOf(block, document);
    case 'rows':
      return rowsOf(block, document);
    case 'totals':
      return { stack: block.lines.map(({ label, value }) => totalLine(label, valueText(value, document), document)), margin: [0, 4, 0, 4] };
    case 'signatures':
      return { ...signaturesOf(block.labels, document), unbreakable: true };
  }
}

function fieldsOf({ perLine, fields }: Extract<FilledBlock, { kind: 'fields' }>, document: FilledTemplate): Content {
  const pairs = fields.map(({ label, value }): TableCell[] => [
    { text: printable(label), fillColor: LABEL_FILL },
    cell(valueText(value, document), false),
  ]);
  while (pairs.length % perLine !== 0) pairs.push([{ text: '', fillColor: LABEL_FILL }, { text: '' }]);
  const body = Array.from({ length: pairs.length / perLine }, (_, line) => pairs.slice(line * perLine, (line + 1) * perLine).flat());
  const widths = Array.from({ length: perLine }, () => ['auto', '*']).flat();
  return { table: { widths, body, dontBreakRows: true }, layout: THIN_LINES, margin: [0, 4, 0, 6] };
}

function rowsOf({ columns, rows, totals }: Extract<FilledBlock, { kind: 'rows' }>, document: FilledTemplate): Content {
  const sum = columns.reduce((before, { width }) => before + width, 0);
  const right = columns.map((_, index) => rows.some((row) => row[index] !== undefined && isRight(row[index])));
  const head = columns.map(({ title }, index): TableCell => ({ ...cell(title, right[index] === true), bold: true, fillColor: LABEL_FILL }));
  const body = rows.map((row) => row.map((value, index): TableCell => cell(valueText(value, document), right[index] === true)));
  const total = totals?.map((value, index): TableCell => {
    const text = value === null ? (index === 0 ? words[document.language].total : '') : valueText(value, document);
    return { ...cell(text, value !== null), bold: true };
  });
  return {
    table: {
      headerRows: 1,
      dontBreakRows: true,
      widths: columns.map(({ width }) => `${(100 * width) / sum}%`),
      body: [head, ...body, ...(total === undefined ? [] : [total])],
    },
    layout: THIN_LINES,
    margin: [0, 4, 0, 6],
  };
}

function cell(text: string, right: boolean): { text: string; alignment: 'left' | 'right'; wordBreak?: 'break-all' } {
  const longRun = text.split(/[\s\p{Script=Han}]/u).some((run) => run.length > 12);
  return { text: printable(text), alignment: right ? 'right' : 'left', ...(longRun ? { wordBreak: 'break-all' as const } : {}) };
}

function totalLine(label: string, text: string, { language }: FilledTemplate): Content {
  return {
    columns: [
      { width: '*', text: printable(labelled(label, language)), alignment: 'right' },
      { width: 'auto', text: printable(text), bold: true, alignment: 'right' },
    ],
    columnGap: 4,
  };
}

/** Signatures on one line at most. */
const PER_LINE = 3;

function signaturesOf(labels: readonly string[], { language }: FilledTemplate): { stack: Content[] } {
  const lines = Array.from({ length: Math.ceil(labels.length / PER_LINE) }, (_, line) =>
    labels.slice(line * PER_LINE, (line + 1) * PER_LINE),
  );
  return {
    stack: lines.map((line) => ({
      columns: line.map((label) => ({ text: printable(`${labelled(label, language)}${SIGNATURE_LINE}`) })),
      columnGap: 12,
      margin: [0, 16, 0, 0],
    })),
  };
}
