import type { FilledBlock, FilledTemplate } from '../../engine/template/fill-template';
import { words } from '../language';

/** A Word file with tags in the places of all texts, and what stands for each tag. */
export interface WordSkeleton {
  /** Parts of the file by their names. */
  parts: Record<string, string>;
  values: WordValues;
}

/** Texts by their tags; a list repeats the row of the table that its tag stands in. */
type WordValues = Record<string, string | Record<string, string>[]>;

/** The texts of a block, in the order in which it needs tags for them. */
export interface BlockTexts {
  block: FilledBlock;
  fields: { label: string; text: string }[];
  columns: { title: string; right: boolean; width: number }[];
  rows: string[][];
  totals: string[] | null;
  labels: string[];
}

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const links = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml';

/** Twentieths of a point: width and height of the paper as it stands upright. */
const papers = { A4: [11_906, 16_838], A5: [8_391, 11_906] } as const;
const MARGIN = 800;

/** Lays out a filled document as a Word file with tags. */
export function wordSkeleton(document: FilledTemplate, blocks: readonly BlockTexts[]): WordSkeleton {
  return new Skeleton(document).compose(blocks);
}

interface Look {
  align?: 'left' | 'center' | 'right';
  bold?: boolean;
  /** Half points. */
  size?: number;
  colour?: string;
  before?: number;
}

class Skeleton {
  private readonly values: WordValues = {};
  private readonly width: number;
  private tags = 0;

  constructor(private readonly document: FilledTemplate) {
    const [short, long] = papers[document.paper.startsWith('A5') ? 'A5' : 'A4'];
    this.width = (this.isLandscape ? long : short) - 2 * MARGIN;
  }

  private get isLandscape(): boolean {
    return this.document.paper.endsWith('-landscape');
  }

  compose(blocks: readonly BlockTexts[]): WordSkeleton {
    const body = blocks.map((texts) => this.block(texts)).join('');
    const { pageNumbers } = this.document;
    const override = (name: string, type: string) => `<Override PartName="/word/${name}.xml" ContentType="${word}.${type}+xml"/>`;
    const relation = (id: string, name: string) => `<Relationship Id="${id}" Type="${office}/${name}" Target="${name}.xml"/>`;
    const relations = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';
    return {
      values: this.values,
      parts: {
        '[Content_Types].xml': `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${override('document', 'document.main')}${override('styles', 'styles')}${pageNumbers ? override('footer', 'footer') : ''}</Types>`,
        '_rels/.rels': `${head}<Relationships ${relations}><Relationship Id="rId1" Type="${office}/officeDocument" Target="word/document.xml"/></Relationships>`,
        'word/_rels/document.xml.rels': `${head}<Relationships ${relations}>${relation('rId1', 'styles')}${pageNumbers ? relation('rId2', 'footer') : ''}</Relationships>`,
        'word/styles.xml': `${head}<w:styles ${main}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Microsoft YaHei"/><w:sz w:val="20"/><w:szCs w:val="20"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="60"/></w:pPr></w:pPrDefault></w:docDefaults></w:styles>`,
        'word/document.xml': `${head}<w:document ${main} ${links}><w:body>${body}${this.section()}</w:body></w:document>`,
        ...(pageNumbers ? { 'word/footer.xml': this.footer() } : {}),
      },
    };
  }

  private section(): string {
    const [short, long] = papers[this.document.paper.startsWith('A5') ? 'A5' : 'A4'];
    const size = this.isLandscape ? `w:w="${long}" w:h="${short}" w:orient="landscape"` : `w:w="${short}" w:h="${long}"`;
    const footer = this.document.pageNumbers ? '<w:footerReference w:type="default" r:id="rId2"/>' : '';
    const margins = ['top', 'right', 'bottom', 'left'].map((side) => `w:${side}="${MARGIN}"`).join(' ');
    return `<w:sectPr>${footer}<w:pgSz ${size}/><w:pgMar ${margins} w:header="400" w:footer="400" w:gutter="0"/></w:sectPr>`;
  }

  private footer(): string {
    const [before = '', between = '', after = ''] = words[this.document.language].page.split(/\{n\}|\{of\}/u);
    const run = (text: string) => `<w:r><w:rPr><w:sz w:val="14"/></w:rPr><w:t xml:space="preserve">${text}</w:t></w:r>`;
    const field = (name: string) => `<w:fldSimple w:instr=" ${name} ">${run('1')}</w:fldSimple>`;
    return `${head}<w:ftr ${main}><w:p><w:pPr><w:jc w:val="right"/></w:pPr>${run(before)}${field('PAGE')}${run(between)}${field('NUMPAGES')}${run(after)}</w:p></w:ftr>`;
  }

  private block(texts: BlockTexts): string {
    const { block } = texts;
    switch (block.kind) {
      case 'heading':
        return this.paragraph(block.text, { align: 'center', bold: true, size: 32 });
      case 'text':
        return this.paragraph(block.text, { align: block.align, bold: block.bold });
      case 'note':
        return this.paragraph(block.text, { size: 16, colour: '555555', before: 120 });
      case 'fields':
        return this.fields(texts, block.perLine);
      case 'totals':
        return texts.fields.map(({ label, text }) => this.paragraph(`${label}${text}`, { align: 'right', bold: true })).join('');
      case 'signatures':
        return texts.labels.map((label) => this.paragraph(`${label}____________________`, { before: 360 })).join('');
      case 'rows':
        return this.rows(texts);
    }
  }

  private fields({ fields }: BlockTexts, perLine: number): string {
    const widths = Array.from({ length: perLine }, () => [1, 2]).flat();
    const lines = Array.from({ length: Math.ceil(fields.length / perLine) }, (_, line) => {
      const cells = Array.from({ length: perLine }, (_, place) => {
        const field = fields[line * perLine + place];
        return [this.cell(field?.label ?? '', {}, true), this.cell(field?.text ?? '', {}, false)];
      });
      return row(cells.flat());
    });
    return this.table(widths, lines);
  }

  private rows({ columns, rows, totals }: BlockTexts): string {
    const looks = columns.map(({ right }): Look => ({ align: right ? 'right' : 'left' }));
    const first = columns.map(({ title }, index) => this.cell(title, { ...looks[index], bold: true }, true));
    const list = this.tag(rows.map((cells) => Object.fromEntries(cells.map((text, index) => [`c${index}`, text]))));
    const repeated = columns.map((_, index) => {
      const opening = index === 0 ? `{#${list}}` : '';
      const closing = index === columns.length - 1 ? `{/${list}}` : '';
      return cellOf(paragraphOf(`${opening}{c${index}}${closing}`, looks[index] ?? {}), false);
    });
    const last = totals?.map((text, index) => this.cell(text, { ...looks[index], bold: true }, false));
    const lines = [row(first, true), row(repeated), ...(last === undefined ? [] : [row(last)])];
    return this.table(
      columns.map(({ width }) => width),
      lines,
    );
  }

  private table(widths: readonly number[], rows: readonly string[]): string {
    const sum = widths.reduce((before, width) => before + width, 0);
    const grid = widths.map((width) => `<w:gridCol w:w="${Math.floor((this.width * width) / sum)}"/>`).join('');
    const sides = ['top', 'left', 'bottom', 'right', 'insideH', 'insideV'];
    const borders = sides.map((side) => `<w:${side} w:val="single" w:sz="4" w:space="0" w:color="999999"/>`).join('');
    const properties = `<w:tblPr><w:tblW w:w="${this.width}" w:type="dxa"/><w:tblBorders>${borders}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>`;
    // two tables without a paragraph between them would be one
    return `<w:tbl>${properties}<w:tblGrid>${grid}</w:tblGrid>${rows.join('')}</w:tbl>${paragraphOf('', { size: 8 })}`;
  }

  private cell(text: string, look: Look, shaded: boolean): string {
    return cellOf(this.paragraph(text, look), shaded);
  }

  private paragraph(text: string, look: Look): string {
    return paragraphOf(text === '' ? '' : `{${this.tag(text)}}`, look);
  }

  private tag(value: string | Record<string, string>[]): string {
    this.tags += 1;
    const name = `t${this.tags}`;
    this.values[name] = value;
    return name;
  }
}

function row(cells: readonly string[], isHead = false): string {
  return `<w:tr><w:trPr><w:cantSplit/>${isHead ? '<w:tblHeader/>' : ''}</w:trPr>${cells.join('')}</w:tr>`;
}

function cellOf(paragraph: string, shaded: boolean): string {
  return `<w:tc><w:tcPr>${shaded ? '<w:shd w:val="clear" w:color="auto" w:fill="F1F4F9"/>' : ''}</w:tcPr>${paragraph}</w:tc>`;
}

function paragraphOf(content: string, { align, bold, size, colour, before }: Look): string {
  const spacing = before === undefined ? '' : `<w:spacing w:before="${before}" w:after="60"/>`;
  const justified = align === undefined || align === 'left' ? '' : `<w:jc w:val="${align}"/>`;
  const marks = `${bold === true ? '<w:b/>' : ''}${colour === undefined ? '' : `<w:color w:val="${colour}"/>`}${size === undefined ? '' : `<w:sz w:val="${size}"/>`}`;
  const run = content === '' ? '' : `<w:r><w:rPr>${marks}</w:rPr><w:t xml:space="preserve">${content}</w:t></w:r>`;
  return `<w:p><w:pPr>${spacing}${justified}</w:pPr>${run}</w:p>`;
}
