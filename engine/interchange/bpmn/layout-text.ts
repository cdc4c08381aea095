/** How large texts are drawn; a Chinese character is as wide as it is high. */
export const fontSize = 12;
export const lineHeight = 15;

/** How wide a text is at the size of names, in a usual sans-serif face: there is no font here to ask. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += fontSize * relativeWidth(character);
  return width;
}

function relativeWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x2e80) return 1;
  if ("iljtf.,:;'|!()[] ".includes(character)) return 0.34;
  if ('mwMW@%'.includes(character)) return 0.86;
  return /[A-Z0-9_=<>+]/u.test(character) ? 0.66 : 0.56;
}

/**
 * A text in lines of at most `width`, broken between words, after signs in long names, and between Chinese characters; what does not go into
 * `most` lines ends with an ellipsis.
 */
export function wrapText(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of piecesOf(text, width)) {
    const longer = line + piece;
    if (line === '' || textWidth(longer.trimEnd()) <= width) line = longer;
    else {
      lines.push(line.trim());
      line = piece.trimStart();
    }
  }
  if (line.trim() !== '') lines.push(line.trim());
  if (lines.length <= most) return lines;
  const kept = lines.slice(0, most);
  let last = kept[most - 1] ?? '';
  while (last !== '' && textWidth(`${last}…`) > width) last = last.slice(0, -1);
  return [...kept.slice(0, -1), `${last}…`];
}

/** What stays together in a line. */
function piecesOf(text: string, width: number): string[] {
  const words = text.match(/[\u2e80-\uffff][，。、：；！？）]*|[^\s\u2e80-\uffff]+\s*|\s+/gu) ?? [];
  return words.flatMap((word) => (textWidth(word) <= width ? [word] : brokenWord(word, width)));
}

/** A word that is wider than a line: after its signs and before its capitals, else anywhere. */
function brokenWord(word: string, width: number): string[] {
  const parts = word.match(/[A-Z]?[^A-Z._\-/@]*[._\-/@]*/gu)?.filter((part) => part !== '') ?? [word];
  return parts.flatMap((part) => (textWidth(part) <= width ? [part] : [...part]));
}
