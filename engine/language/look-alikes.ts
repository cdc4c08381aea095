import type { Complaint } from './finding';
import { quoted } from './suggestion';

/** Scripts whose letters are taken for each other's, or are told apart at a glance; what is in none of them counts as one more. */
const scripts: [string, RegExp][] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Chinese', /\p{Script=Han}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Hiragana', /\p{Script=Hiragana}/u],
  ['Katakana', /\p{Script=Katakana}/u],
  ['Bopomofo', /\p{Script=Bopomofo}/u],
  ['Hangul', /\p{Script=Hangul}/u],
];

/** Scripts that stand together in one name without being taken for each other (UTS 39, "highly restrictive"). */
const companions = ['Latin Chinese Hiragana Katakana', 'Latin Chinese Bopomofo', 'Latin Chinese Hangul'].map((names) => names.split(' '));

/** What the letters of other scripts are taken for. */
const twins: Record<string, string> = Object.fromEntries(
  [
    'аa еe оo рp сc уy хx ѕs іi јj һh ԁd ԛq ԝw ѵv гr пn кk тt мm',
    'АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ЅS ІI ЈJ',
    'αa οo νv ρp υu ιi κk ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX',
    'ոn սu օo հh ցg ɑa ɡg ıi ー一 ㄧ一 ニ二 ハ八 ロ口 エ工 カ力 タ夕 ト卜',
  ].flatMap((line) => line.split(' ').map((pair) => [...pair] as [string, string])),
);

const foreign = /[^\p{ASCII}]/u;

/** The scripts of a name that should not stand together in it; undefined where they may. */
function mixtureOf(name: string): string[] | undefined {
  const letters = [...name].filter((character) => /\p{L}/u.test(character));
  const found = [...new Set(letters.map((letter) => scripts.find(([, letters]) => letters.test(letter))?.[0] ?? 'other'))];
  if (found.length < 2 || companions.some((allowed) => found.every((script) => allowed.includes(script)))) return undefined;
  return found;
}

/** One text for all names that look the same. */
function skeletonOf(name: string): string {
  const plain = foreign.test(name) ? [...name.normalize('NFKC')].map((letter) => twins[letter] ?? letter).join('') : name;
  return plain.replace(/[1I|]/gu, 'l').replace(/0/gu, 'O');
}

/** The complaint about a name whose letters are not what they look like. */
export function oddLetters(name: string): Complaint | undefined {
  if (!foreign.test(name)) return undefined;
  const found = mixtureOf(name);
  if (found !== undefined) {
    const message = `${quoted(name)} mixes letters of different scripts that look alike: ${found.join(' and ')}`;
    return { rule: 'mixed-scripts', message, remedy: `type it anew in one script, for example ${quoted(skeletonOf(name))}` };
  }
  const plain = name.normalize('NFKC');
  if (plain === name) return undefined;
  return { rule: 'look-alike', message: `${quoted(name)} has letters that only look like usual ones`, remedy: `write ${quoted(plain)}` };
}

/** The complaint about the first name in a FEEL expression whose letters are not what they look like; texts in double quotes may hold any. */
export function oddLettersInExpression(text: string): Complaint | undefined {
  if (!foreign.test(text)) return undefined;
  for (const [word] of text.replace(/"(?:\\.|[^"\\])*"/gu, '""').matchAll(/[\p{L}\p{N}\p{M}_]+/gu)) {
    const complaint = oddLetters(word);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

/** Remembers the names of one file and finds those that look like another. */
export class NamesSeen {
  private readonly bySkeleton = new Map<string, { name: string; isId: boolean }>();

  /** The complaint about a name that looks like an earlier one of the file and is not the same: of plain letters only where both are ids. */
  add(name: string, isId: boolean): Complaint | undefined {
    const skeleton = skeletonOf(name);
    const earlier = this.bySkeleton.get(skeleton);
    if (earlier === undefined || (isId && !earlier.isId)) this.bySkeleton.set(skeleton, { name, isId });
    if (earlier === undefined || earlier.name === name) return undefined;
    const plain = !foreign.test(name) && !foreign.test(earlier.name);
    if (plain && !(isId && earlier.isId)) return undefined;
    const message = `${quoted(name)} looks like ${quoted(earlier.name)} and is another name`;
    return {
      rule: 'look-alike',
      severity: plain ? 'warning' : 'error',
      message,
      remedy: 'write it as there, or give it a name of its own',
    };
  }
}
