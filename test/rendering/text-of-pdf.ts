import { inflateSync } from 'node:zlib';

/** The text that a reader of a PDF sees, page by page: what the codes of its font stand for, a line for each height at which something was set. */
export function textOfPdf(pdf: Buffer): string[] {
  const objects = new Map<string, string>();
  for (const match of pdf.toString('latin1').matchAll(/^(\d+) 0 obj\n([\s\S]*?)\nendobj$/gmu)) objects.set(match[1] ?? '', match[2] ?? '');
  const found = (id: string | undefined): string => objects.get(id ?? '') ?? '';
  const fonts = new Map<string, Map<string, string>>();
  for (const body of objects.values()) {
    for (const [, name = '', id] of body.matchAll(/\/(F\d+) (\d+) 0 R/gu)) {
      const map = /\/ToUnicode (\d+) 0 R/u.exec(found(id))?.[1];
      if (map !== undefined) fonts.set(name, charactersOf(inflated(found(map))));
    }
  }
  const pages = [...objects.values()].filter((body) => /\/Type \/Page\b/u.test(body));
  return pages.map((page) => linesOf(inflated(found(/\/Contents (\d+) 0 R/u.exec(page)?.[1])), fonts).join('\n'));
}

function inflated(object: string): string {
  const stream = /stream\n([\s\S]*)\nendstream/u.exec(object)?.[1] ?? '';
  return inflateSync(Buffer.from(stream, 'latin1')).toString('latin1');
}

/** What each code of a font stands for. */
function charactersOf(map: string): Map<string, string> {
  const characters = new Map<string, string>();
  for (const [, from = '', list = ''] of map.matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[([^\]]*)\]/giu)) {
    [...list.matchAll(/<([0-9a-f]*)>/giu)].forEach(([, hex = ''], index) => {
      const code = (Number.parseInt(from, 16) + index).toString(16).padStart(4, '0');
      characters.set(code, Buffer.from(hex, 'hex').swap16().toString('utf16le'));
    });
  }
  return characters;
}

function linesOf(content: string, fonts: ReadonlyMap<string, ReadonlyMap<string, string>>): string[] {
  const lines: string[] = [];
  let characters: ReadonlyMap<string, string> = new Map();
  let [height, last] = ['', ''];
  for (const [, font, y, shown = ''] of content.matchAll(/\/(F\d+) [\d.]+ Tf|1 0 0 1 [\d.-]+ ([\d.-]+) Tm|\[([^\]]*)\] TJ/gu)) {
    if (font !== undefined) characters = fonts.get(font) ?? new Map();
    else if (y !== undefined) height = y;
    else {
      const codes = [...shown.matchAll(/<([0-9a-f]*)>/giu)].flatMap(([, hex = '']) => hex.toLowerCase().match(/.{4}/gu) ?? []);
      const text = codes.map((code) => characters.get(code) ?? '□').join('');
      if (height === last) lines.push(`${lines.pop() ?? ''}${text}`);
      else lines.push(text);
      last = height;
    }
  }
  return lines;
}
