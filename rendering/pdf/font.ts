import path from 'node:path';
import { type Font, openSync } from 'fontkit';
import type { TFontDictionary } from 'pdfmake/interfaces';

/** The family in which PDFs are set: Noto Sans, which has the Chinese characters of GB 18030 and most of what names are made of. */
export const FONT_FAMILY = 'Noto Sans Hans';

const folder = path.join(path.dirname(require.resolve('@embedpdf/fonts-sc')), '..', 'fonts');
const regular = path.join(folder, 'NotoSansHans-Regular.otf');
const bold = path.join(folder, 'NotoSansHans-Bold.otf');

/** The files of the family; there is no slanted one. */
export const fontFiles: TFontDictionary = { [FONT_FAMILY]: { normal: regular, bold, italics: regular, bolditalics: bold } };

/** What stands for a character that the font does not have: the mark that printers use for it. */
const MISSING = '〓';

let font: Font | undefined;

/** The text as the font can show it: without control characters, and with `〓` for characters that it does not have. */
export function printable(text: string): string {
  font ??= openSync(regular) as Font;
  let shown = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (character === '\n' || character === '\t') shown += character;
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0) || isInvisible(code)) continue;
    else if (code < 0x7f || (code >= 0x4e00 && code <= 0x9fa5)) shown += character;
    else shown += font.hasGlyphForCodePoint(code) ? character : MISSING;
  }
  return shown;
}

/** Marks of direction, of joining and of variants, which leave nothing on paper. */
function isInvisible(code: number): boolean {
  return (
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    code === 0xfeff
  );
}
