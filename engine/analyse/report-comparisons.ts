import { compileExpression } from '../feel/compile';
import type { Json, JsonObject } from '../json';
import type { Path, SourceDocument } from '../language/source-document';
import { comparedIn } from './compared-texts';

/** Any name, of any type: which columns there are, the compiler says. */
const anyName = { has: () => true, typeOf: () => ({ kind: 'any' as const }) };

/** What expressions of reports compare columns with that list their values, where none of them is it. */
export function neverInColumns(
  documents: readonly SourceDocument[],
): { document: SourceDocument; path: Path; column: string; text: string; known: ReadonlySet<string> }[] {
  const registers = new Map(documents.filter(({ kind }) => kind === 'register').map((document) => [document.id, document]));
  return documents.flatMap((document) => {
    const register = document.kind === 'report' ? registers.get(String(document.value['from'])) : undefined;
    if (register === undefined) return [];
    const columns = objectOf(register.value['columns']);
    return expressionsIn(document.value, []).flatMap(({ path, text }) => {
      const compiled = compileExpression(text, anyName);
      if (!compiled.ok) return [];
      return comparedIn(compiled.expression.tree).flatMap(({ path: [column = '', ...members], text: value }) => {
        const listed = objectOf(columns[column])['enum'];
        if (members.length > 0 || !Array.isArray(listed) || listed.includes(value)) return [];
        return [{ document, path, column, text: value, known: new Set(listed.map(String)) }];
      });
    });
  });
}

function expressionsIn(value: Json, path: Path): { path: Path; text: string }[] {
  if (typeof value === 'string') return value.startsWith('=') ? [{ path, text: value.slice(1) }] : [];
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((part, index) => expressionsIn(part, [...path, index]));
  return Object.entries(value).flatMap(([key, part]) => expressionsIn(part, [...path, key]));
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
