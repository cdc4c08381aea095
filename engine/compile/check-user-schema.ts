import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { compileUserPattern } from '../language/user-pattern';
import { compileLimits } from './limits';
import type { Report } from './report';
import { mapOf, textOf } from './step-document';

/**
 * Checks what the schema of schemas cannot say of one that a person wrote, for a form or a variable: its patterns are ones, and it nests and holds no more than
 * can be looked at.
 */
export function checkUserSchema(schema: JsonObject, path: Path, report: Report): void {
  const state = { fields: 0 };
  checkPart(schema, path, report, 1, state);
  if (state.fields <= compileLimits.schemaFields) return;
  const message = `there are more than ${compileLimits.schemaFields} fields`;
  report.at(path, { rule: 'too-large', message, remedy: 'leave out what nobody fills in' });
}

function checkPart(schema: JsonObject, path: Path, report: Report, depth: number, state: { fields: number }): void {
  if (depth > compileLimits.schemaDepth) {
    const message = `fields nest more than ${compileLimits.schemaDepth} deep`;
    report.at(path, { rule: 'too-large', message, remedy: 'put the inner ones beside the outer ones' });
    return;
  }
  checkPattern(schema, path, report);
  for (const [name, field] of Object.entries(mapOf(schema['properties']))) {
    state.fields += 1;
    checkPart(mapOf(field), [...path, 'properties', name], report, depth + 1, state);
  }
  if (schema['items'] !== undefined) checkPart(mapOf(schema['items']), [...path, 'items'], report, depth + 1, state);
}

function checkPattern(schema: JsonObject, path: Path, report: Report): void {
  const pattern = textOf(schema['pattern']);
  if (pattern === undefined) return;
  const compiled = compileUserPattern(pattern);
  if (compiled.ok) return;
  const message = `${quoted(pattern)} is no pattern: ${compiled.reason}`;
  report.at([...path, 'pattern'], {
    rule: 'wrong-pattern',
    message,
    remedy: 'write a regular expression of RE2, for example "^1[0-9]{10}$"',
  });
}
