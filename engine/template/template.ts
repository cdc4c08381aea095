import type { Expression, ValueType } from '../feel/expression';
import type { JsonObject } from '../json';
import type { LocalizedText } from '../runtime/process-model';

/** A text on a document in both languages: as it stands, or computed from the values. */
export type TemplateText = Record<'zh' | 'en', string | Expression>;

/** A value on a document; `capitals` writes an amount in Chinese capital figures 大写金额. */
export interface TemplateValue {
  expression: Expression;
  type: ValueType;
  show?: 'capitals';
}

/** A value with what it is called. */
export interface TemplateLine {
  label: TemplateText;
  value: TemplateValue;
}

/** A column of a table over a list. */
export interface TemplateColumn {
  title: TemplateText;
  value: TemplateValue;
  /** Beside those of the others. */
  width: number;
  /** Whether its values are added up below the rows. */
  total: boolean;
}

/** A part of a document, from top to bottom; with `when` only where that is true. */
export type TemplateBlock = { when?: Expression } & (
  | { kind: 'heading' | 'note'; text: TemplateText }
  | { kind: 'text'; text: TemplateText; align: 'left' | 'center' | 'right'; bold: boolean }
  | { kind: 'fields'; perLine: number; fields: TemplateLine[] }
  /** Within the columns each element of the list has the name `as`. */
  | { kind: 'rows'; list: Expression; itemType: ValueType; as: string; columns: TemplateColumn[] }
  | { kind: 'totals'; lines: TemplateLine[] }
  | { kind: 'signatures'; labels: TemplateText[] }
);

/** Sizes of paper. */
export type Paper = 'A4' | 'A4-landscape' | 'A5' | 'A5-landscape';

/** A compiled template of documents: plain JSON. `hash` addresses the canonical JSON of everything else. */
export interface CompiledTemplate {
  id: string;
  hash: string;
  title: LocalizedText;
  paper: Paper;
  pageNumbers: boolean;
  /** JSON Schema of the values that it is filled with: a closed object. */
  values: JsonObject;
  blocks: TemplateBlock[];
}

/** What `dealership` is in the expressions of a template. */
export const dealershipType: ValueType = { kind: 'context', properties: { id: { kind: 'string' }, title: { kind: 'string' } } };
