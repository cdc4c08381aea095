import { RE2JS, RE2JSException } from 're2js';
import type { Meter } from './budget';

const longestPattern = 1_000;
/** How many steps a pattern may have when its repetitions are written out. */
const mostSteps = 1_000;
const flagBits: Record<string, number> = { s: RE2JS.DOTALL, m: RE2JS.MULTILINE, i: RE2JS.CASE_INSENSITIVE, x: 0 };

/** A compiled pattern, and how many steps it has at most. */
export interface Pattern {
  regex: RE2JS;
  steps: number;
}

let recent = new Map<string, Pattern | null>();
const recentMost = 100;

/**
 * Compiles a pattern of XPath's regular expressions as far as RE2 has them: no references back, which nothing computes in linear time. Flags are
 * `s`, `m`, `i`, `x`. Null where pattern or flags are none, and beyond 1,000 characters or 1,000 steps. The last 100 are kept; one that is kept
 * costs the same work.
 */
export function compiledPattern(pattern: string, flags: string, meter?: Meter): Pattern | null {
  const steps = stepsOf(pattern);
  meter?.spend(200 + 10 * Math.min(steps, mostSteps));
  const key = `${flags}/${pattern}`;
  const known = recent.get(key);
  if (known !== undefined) return known;
  const regex = pattern.length > longestPattern || steps > mostSteps ? null : compile(pattern, flags);
  const compiled = regex === null ? null : { regex, steps };
  if (recent.size >= recentMost) recent = new Map();
  recent.set(key, compiled);
  return compiled;
}

/** The steps of a pattern at most, groups times their repetitions. */
function stepsOf(pattern: string): number {
  if (pattern.length > longestPattern) return mostSteps + 1;
  const groups = [0];
  let last = 0;
  for (const [token, low, high] of pattern.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\{(\d+),?(\d*)\}|./gs)) {
    if (token === '(') groups.push(0);
    else if (low !== undefined) groups[groups.length - 1]! += last * Math.max(Number(low), Number(high), 1);
    else {
      last = token === ')' && groups.length > 1 ? groups.pop()! : 1;
      groups[groups.length - 1]! += last;
    }
  }
  return groups.reduce((sum, size) => sum + size, 0);
}

function compile(pattern: string, flags: string): RE2JS | null {
  if (!/^[smix]*$/.test(flags)) return null;
  const bits = [...flags].reduce((sum, flag) => sum | flagBits[flag]!, 0);
  try {
    const spaceless = flags.includes('x') ? withoutSpace(pattern) : pattern;
    return /\\0/.test(spaceless) ? null : RE2JS.compile(translate(spaceless, flags.includes('s')), bits);
  } catch (error) {
    if (error instanceof RE2JSException) return null;
    throw error;
  }
}

/** Flag x: white space outside of character classes does not count. */
function withoutSpace(pattern: string): string {
  return pattern.replace(/\\\S|\[(?:\\.|[^\]\\])*\]|\s+/gs, (part) => (/^\s/.test(part) ? '' : part));
}

/** XPath's `[a-z-[aeiou]]`, which RE2 does not know, as the ranges that are left; and `.`, which without flag s is no carriage return either. */
function translate(pattern: string, dotAll: boolean): string {
  return pattern.replace(
    /\\.|\[(\^?)((?:\\.|[^\][\\])*)-\[((?:\\.|[^\][\\])*)\]\]|\[(?:\\.|[^\]\\])*\]|\./gs,
    (part, negated, from, without) => {
      if (from !== undefined) return `[${subtract(negated === '^', from, without)}]`;
      return part === '.' && !dotAll ? '[^\\n\\r]' : part;
    },
  );
}

/** The class of what is in one class of plain characters and ranges and not in another; both of the basic plane. */
function subtract(negated: boolean, from: string, without: string): string {
  const left: [number, number][] = negated ? complement(rangesOf(from)) : rangesOf(from);
  const rest = rangesOf(without).reduce(
    (ranges, [low, high]) =>
      ranges.flatMap(([start, end]): [number, number][] => {
        const parts: [number, number][] = [
          [start, Math.min(end, low - 1)],
          [Math.max(start, high + 1), end],
        ];
        return parts.filter(([a, b]) => a <= b);
      }),
    left,
  );
  return rest.map(([low, high]) => `\\x{${low.toString(16)}}-\\x{${high.toString(16)}}`).join('');
}

function complement(ranges: [number, number][]): [number, number][] {
  let next = 0;
  const gaps: [number, number][] = [];
  for (const [low, high] of [...ranges].sort(([a], [b]) => a - b)) {
    if (low > next) gaps.push([next, low - 1]);
    next = Math.max(next, high + 1);
  }
  return [...gaps, [next, 0x10ffff]];
}

function rangesOf(characters: string): [number, number][] {
  return [...characters.matchAll(/(\\?.)(?:-(\\?.))?/gsu)].map(([, low, high]) => {
    const start = low!.replace(/^\\/, '').codePointAt(0)!;
    return [start, high === undefined ? start : high.replace(/^\\/, '').codePointAt(0)!];
  });
}
