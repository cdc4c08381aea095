import type { NameScope } from '../feel/compile';
import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import { checkUserSchema } from './check-user-schema';
import { type CompilePorts, contentHash } from './content-hash';
import type { CompiledForm } from './deployment';
import { ExpressionCompiler } from './expressions';
import { localizedText } from './localized-text';
import type { Report } from './report';
import { listOf, mapOf } from './step-document';

/** Any name, of any type: a form does not know yet which process shows it. */
const anyName: NameScope = { has: () => true, typeOf: () => ({ kind: 'any' }) };

/** Compiles a form whose document's schema has been checked. */
export function compileForm(report: Report, ports: CompilePorts): CompiledForm {
  const { document } = report;
  const schema = mapOf(document.value['schema']);
  checkUserSchema(schema, ['schema'], report);
  checkFields(schema, ['schema'], report);
  const expressions = new ExpressionCompiler(report, anyName);
  const shows = listOf(document.value['shows']).flatMap((_, index) => expressions.at(['shows', index]) ?? []);
  const form = { id: document.id, title: localizedText(document.value['title'], document.id), schema, shows };
  return { ...form, hash: contentHash(form, ports) };
}

/** Checks what a form shows against the variables of a process that uses it; the finding stands in the form. */
export function checkShown(report: Report, process: string, names: NameScope & { list(): string[] }): void {
  listOf(report.document.value['shows']).forEach((_, index) => {
    const expression = new ExpressionCompiler(report, anyName).at(['shows', index]);
    for (const name of expression?.reads ?? []) {
      if (names.has(name)) continue;
      const message = `process ${quoted(process)} shows this form and has no variable ${quoted(name)}`;
      const remedy = suggestion(name, names.list()) ?? 'show what every process that uses the form has';
      report.at(['shows', index], { rule: 'unknown-variable', message, remedy });
    }
  });
}

/** What the JSON Schema of forms cannot say: required fields exist, references do not. */
function checkFields(schema: JsonObject, path: Path, report: Report): void {
  if (schema['$ref'] !== undefined) {
    const message = 'a form cannot take the fields of another';
    report.at([...path, '$ref'], { rule: 'form-reference', message, remedy: 'write the fields out' }, 'key');
  }
  const properties = mapOf(schema['properties']);
  listOf(schema['required']).forEach((name, index) => {
    if (Object.hasOwn(properties, String(name))) return;
    const remedy = suggestion(String(name), Object.keys(properties)) ?? 'add it under "properties", or delete it here';
    report.at([...path, 'required', index], { rule: 'unknown-field', message: `there is no field ${quoted(String(name))}`, remedy });
  });
  for (const [name, field] of Object.entries(properties)) checkFields(mapOf(field), [...path, 'properties', name], report);
  if (schema['items'] !== undefined) checkFields(mapOf(schema['items']), [...path, 'items'], report);
}
