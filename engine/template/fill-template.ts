import { Decimal } from '../feel/decimal';
import { evaluate, evaluateCondition } from '../feel/evaluate';
import type { EvaluationScope, Expression, ValueType } from '../feel/expression';
import { valueTypeOf } from '../feel/value';
import type { Json, JsonObject } from '../json';
import { checkFormData } from '../language/form-data';
import type { LocalizedText } from '../runtime/process-model';
import type { CompiledTemplate, Paper, TemplateBlock, TemplateColumn, TemplateLine, TemplateText, TemplateValue } from './template';
import { dealershipType } from './template';

/** What one document may hold at most. */
const FILL_LIMITS = { rows: 500, cells: 20_000, textChars: 4_000 } as const;

/** A value that a document shows. */
export interface FilledValue {
  value: Json;
  kind: ValueType['kind'];
  show?: 'capitals';
}

/** A filled part of a document. */
export type FilledBlock =
  | { kind: 'heading' | 'note'; text: string }
  | { kind: 'text'; text: string; align: 'left' | 'center' | 'right'; bold: boolean }
  | { kind: 'fields'; perLine: number; fields: { label: string; value: FilledValue }[] }
  | { kind: 'rows'; columns: { title: string; width: number }[]; rows: FilledValue[][]; totals: (FilledValue | null)[] | null }
  | { kind: 'totals'; lines: { label: string; value: FilledValue }[] }
  | { kind: 'signatures'; labels: string[] };

/** A document that only needs to be drawn. */
export interface FilledTemplate {
  title: string;
  language: 'zh' | 'en';
  timezone: string;
  paper: Paper;
  pageNumbers: boolean;
  blocks: FilledBlock[];
}

/** For whom and when a document is filled. */
export interface FillSurroundings {
  language: 'zh' | 'en';
  dealership: { id: string; title: LocalizedText };
  nowMs: number;
  timezone: string;
}

/** A filled document, or everything that is wrong with its values, each on one line. */
export type Filling = { ok: true; document: FilledTemplate } | { ok: false; problems: string[] };

/** Fills a template with values, which are held to its schema first; null is no value. The same values at the same time give the same document. */
export function fillTemplate(template: CompiledTemplate, values: JsonObject, surroundings: FillSurroundings): Filling {
  const wrong = checkFormData(template.values, withoutNulls(values) as JsonObject, 'en');
  if (wrong.length > 0) return { ok: false, problems: wrong.map(({ pointer, message }) => `"${pointer.slice(1)}" ${message}`) };
  const filler = new Filler(template, values, surroundings);
  const blocks = template.blocks.flatMap((block) => filler.block(block) ?? []);
  const { problems } = filler;
  if (problems.length > 0) return { ok: false, problems };
  const { language, timezone } = surroundings;
  const { title, paper, pageNumbers } = template;
  return { ok: true, document: { title: title[language], language, timezone, paper, pageNumbers, blocks } };
}

/** What is given, at every depth. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, member]) => (member === null ? [] : [[key, withoutNulls(member)]])));
}

type Read = EvaluationScope['read'];

class Filler {
  readonly problems: string[] = [];
  private cells = 0;
  private readonly read: Read;

  constructor(
    template: CompiledTemplate,
    values: JsonObject,
    private readonly surroundings: FillSurroundings,
  ) {
    const { dealership, language } = surroundings;
    const house = { id: dealership.id, title: dealership.title[language] };
    const properties = template.values['properties'] as JsonObject;
    this.read = (name) => {
      if (name === 'dealership') return { value: house, type: dealershipType };
      return Object.hasOwn(properties, name) ? { value: values[name] ?? null, type: valueTypeOf(properties[name] as Json) } : undefined;
    };
  }

  block(block: TemplateBlock): FilledBlock | undefined {
    if (block.when !== undefined && !this.holds(block.when)) return undefined;
    switch (block.kind) {
      case 'heading':
      case 'note':
        return { kind: block.kind, text: this.text(block.text) };
      case 'text':
        return { kind: 'text', text: this.text(block.text), align: block.align, bold: block.bold };
      case 'fields':
        return { kind: 'fields', perLine: block.perLine, fields: this.lines(block.fields) };
      case 'totals':
        return { kind: 'totals', lines: this.lines(block.lines) };
      case 'signatures':
        return { kind: 'signatures', labels: block.labels.map((label) => this.text(label)) };
      case 'rows':
        return this.rows(block);
    }
  }

  private rows(block: Extract<TemplateBlock, { kind: 'rows' }>): FilledBlock {
    const list = this.value(block.list, { kind: 'list', items: block.itemType });
    const items = Array.isArray(list) ? list : list === null ? [] : [list];
    if (items.length > FILL_LIMITS.rows) this.problems.push(`a table has ${items.length} rows, and may have ${FILL_LIMITS.rows}`);
    this.cells += items.length * block.columns.length;
    if (this.cells > FILL_LIMITS.cells) {
      this.problems.push(`its tables have more than ${FILL_LIMITS.cells} cells`);
      return { kind: 'rows', columns: [], rows: [], totals: null };
    }
    const rows = items.slice(0, FILL_LIMITS.rows).map((item) => {
      const read: Read = (name) => (name === block.as ? { value: item, type: block.itemType } : this.read(name));
      return block.columns.map(({ value }) => this.shown(value, read));
    });
    const columns = block.columns.map(({ title, width }) => ({ title: this.text(title), width }));
    const totals = block.columns.some(({ total }) => total) ? block.columns.map((column, index) => totalOf(column, rows, index)) : null;
    return { kind: 'rows', columns, rows, totals };
  }

  private lines(lines: readonly TemplateLine[]): { label: string; value: FilledValue }[] {
    return lines.map(({ label, value }) => ({ label: this.text(label), value: this.shown(value, this.read) }));
  }

  private shown({ expression, type, show }: TemplateValue, read: Read): FilledValue {
    const value = this.value(expression, type, read);
    return { value: this.bounded(value), kind: type.kind, ...(show === undefined ? {} : { show }) };
  }

  private bounded(value: Json): Json {
    if (typeof value !== 'string' || value.length <= FILL_LIMITS.textChars) return value;
    this.problems.push(`a text of ${value.length} characters is longer than ${FILL_LIMITS.textChars}`);
    return '';
  }

  private text(text: TemplateText): string {
    const part = text[this.surroundings.language];
    return typeof part === 'string' ? part : String(this.bounded(this.value(part, { kind: 'string' })) ?? '');
  }

  private holds(condition: Expression): boolean {
    const held = evaluateCondition(condition, this.scope(this.read));
    if (!held.ok) this.problems.push(held.message);
    return held.ok && held.value;
  }

  private value(expression: Expression, type: ValueType, read = this.read): Json {
    const computed = evaluate(expression, this.scope(read), type);
    if (!computed.ok) this.problems.push(computed.message);
    return computed.ok ? computed.value : null;
  }

  private scope(read: Read): EvaluationScope {
    return { nowMs: this.surroundings.nowMs, timezone: this.surroundings.timezone, read };
  }
}

/** The exact sum of a column; null where it is not added up. */
function totalOf({ total, value: { type } }: TemplateColumn, rows: readonly FilledValue[][], index: number): FilledValue | null {
  if (!total) return null;
  const cells = rows.flatMap((row) => row[index]?.value ?? []);
  const sum = cells.reduce<Decimal>((before, cell) => before.plus(String(cell)), new Decimal(0));
  return { value: type.kind === 'money' ? sum.toFixed(2) : sum.toNumber(), kind: type.kind };
}
