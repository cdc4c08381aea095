import type { Json, JsonObject } from '../json';
import { settingsJsonSchema } from '../language/schema-check';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { Report } from './report';
import { mapOf } from './step-document';

/** Complains about reports that a dealership's settings name, where their schema says so (`x-names: report`), and that the dealership does not have. */
export function checkSettingsNames(
  report: Report,
  reports: readonly string[],
  all: { reports: ReadonlyMap<string, unknown>; reportIds: ReadonlySet<string> },
): void {
  for (const { name, path } of namesIn(settingsJsonSchema, report.document.value['settings'], ['settings'])) {
    if (reports.includes(name)) continue;
    const isElsewhere = all.reports.has(name);
    // one with findings of its own may be the dealership's
    if (!isElsewhere && all.reportIds.has(name)) continue;
    const message = isElsewhere ? `no duty of this dealership has the report ${quoted(name)}` : `there is no report ${quoted(name)}`;
    const remedy = isElsewhere
      ? 'add it to "reports" of one of its duties'
      : (suggestion(name, reports) ?? `write a document "report: ${name}"`);
    report.at(path, { rule: 'unknown-report', message, remedy });
  }
}

function namesIn(schema: JsonObject, value: Json | undefined, path: Path): { name: string; path: Path }[] {
  if (typeof value === 'string') return schema['x-names'] === 'report' ? [{ name: value, path }] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => namesIn(mapOf(schema['items']), item, [...path, index]));
  const properties = mapOf(schema['properties']);
  return Object.entries(mapOf(value)).flatMap(([key, part]) => namesIn(mapOf(properties[key]), part, [...path, key]));
}
