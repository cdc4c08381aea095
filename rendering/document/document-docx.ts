import Docxtemplater from 'docxtemplater';
import PizZip from 'pizzip';
import type { FilledBlock, FilledTemplate } from '../../engine/template/fill-template';
import { words } from '../language';
import { settledArchive } from '../settled-archive';
import { isRight, labelled, valueText } from './value-text';
import { type BlockTexts, wordSkeleton } from './word-skeleton';

/** Writes a filled template as a Word file that people can go on with. The same document at the same time has the same bytes. */
export async function documentDocx(document: FilledTemplate, atMs: number): Promise<Buffer> {
  const { parts, values } = wordSkeleton(
    document,
    document.blocks.map((block) => textsOf(block, document)),
  );
  const zip = new PizZip();
  for (const [name, content] of Object.entries(parts)) zip.file(name, content);
  const word = new Docxtemplater(zip, { linebreaks: true, paragraphLoop: true });
  word.render(values);
  return settledArchive(word.getZip().generate({ type: 'nodebuffer' }) as Buffer, atMs);
}

function textsOf(block: FilledBlock, document: FilledTemplate): BlockTexts {
  const nothing = { block, fields: [], columns: [], rows: [], totals: null, labels: [] };
  const { language } = document;
  if (block.kind === 'signatures') return { ...nothing, labels: block.labels.map((label) => storable(labelled(label, language))) };
  if (block.kind === 'fields' || block.kind === 'totals') {
    const lines = block.kind === 'fields' ? block.fields : block.lines;
    const fields = lines.map(({ label, value }) => ({
      label: storable(block.kind === 'fields' ? label : labelled(label, language)),
      text: storable(valueText(value, document)),
    }));
    return { ...nothing, fields };
  }
  if (block.kind === 'rows') return { ...nothing, ...tableOf(block, document) };
  return { ...nothing, block: { ...block, text: storable(block.text) } };
}

function tableOf(
  { columns, rows, totals }: Extract<FilledBlock, { kind: 'rows' }>,
  document: FilledTemplate,
): Pick<BlockTexts, 'columns' | 'rows' | 'totals'> {
  const word = words[document.language];
  return {
    columns: columns.map(({ title, width }, index) => ({
      title: storable(title),
      width,
      right: rows.some((row) => row[index] !== undefined && isRight(row[index])),
    })),
    rows: rows.map((row) => row.map((value) => storable(valueText(value, document)))),
    totals: totals?.map((value, index) => (value === null ? (index === 0 ? word.total : '') : valueText(value, document))) ?? null,
  };
}

/** Without what XML does not hold. */
function storable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\ufffe\uffff]|\p{Cs}/gu, '');
}
