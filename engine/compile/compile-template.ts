import { compileExpression, type NameScope } from '../feel/compile';
import type { Expression, ValueType } from '../feel/expression';
import { valueTypeOf } from '../feel/value';
import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import {
  type CompiledTemplate,
  dealershipType,
  type Paper,
  type TemplateBlock,
  type TemplateColumn,
  type TemplateLine,
  type TemplateText,
  type TemplateValue,
} from '../template/template';
import { checkUserSchema } from './check-user-schema';
import { type CompilePorts, contentHash } from './content-hash';
import { never } from './context';
import { ExpressionCompiler, feelText } from './expressions';
import { localizedText } from './localized-text';
import type { Report } from './report';
import { listOf, mapOf, textOf } from './step-document';

/** Compiles a template of documents whose document's schema has been checked. */
export function compileTemplate(report: Report, ports: CompilePorts): CompiledTemplate {
  return new TemplateCompiler(report).compile(ports);
}

/** The complaint about a template that no document defines. */
export function unknownTemplate(id: string, templates: Iterable<string>): { rule: string; message: string; remedy: string } {
  const remedy = suggestion(id, templates) ?? `write a document "template: ${id}"`;
  return { rule: 'unknown-template', message: `there is no template ${quoted(id)}`, remedy };
}

class TemplateCompiler {
  private readonly names: ReadonlyMap<string, ValueType>;

  constructor(private readonly report: Report) {
    const values = mapOf(report.document.value['values']);
    const known = Object.entries(values).map(([name, schema]): [string, ValueType] => [name, valueTypeOf(schema)]);
    this.names = new Map([...known, ['dealership', dealershipType]]);
  }

  compile(ports: CompilePorts): CompiledTemplate {
    const { document } = this.report;
    const { value } = document;
    const template = {
      id: document.id,
      title: localizedText(value['title'], document.id),
      paper: (textOf(value['paper']) ?? 'A4') as Paper,
      pageNumbers: value['pageNumbers'] !== false,
      values: this.values(),
      blocks: listOf(value['content']).map((block, index) => this.block(mapOf(block), ['content', index])),
    };
    return { ...template, hash: contentHash(template, ports) };
  }

  private values(): JsonObject {
    const values = mapOf(this.report.document.value['values']);
    for (const [name, schema] of Object.entries(values)) {
      const path = ['values', name];
      checkUserSchema(mapOf(schema), path, this.report);
      this.refuseReference(mapOf(schema), path);
      if (name !== 'dealership') continue;
      const message = '"dealership" is the house itself';
      this.report.at(path, { rule: 'reserved-name', message, remedy: 'choose another name' }, 'key');
    }
    const optional = listOf(this.report.document.value['optional']).map(String);
    optional.forEach((name, index) => {
      if (Object.hasOwn(values, name)) return;
      const remedy = suggestion(name, Object.keys(values)) ?? 'write the name of a value that stands under "values"';
      this.report.at(['optional', index], { rule: 'unknown-field', message: `there is no value ${quoted(name)}`, remedy });
    });
    const required = Object.keys(values).filter((name) => !optional.includes(name));
    return { type: 'object', additionalProperties: false, required, properties: values };
  }

  private refuseReference(schema: JsonObject, path: Path): void {
    if (schema['$ref'] !== undefined) {
      const message = 'a template cannot take the fields of a form or a register';
      this.report.at([...path, '$ref'], { rule: 'form-reference', message, remedy: 'write out the fields that the document shows' });
    }
    for (const [name, inner] of Object.entries(mapOf(schema['properties'])))
      this.refuseReference(mapOf(inner), [...path, 'properties', name]);
    if (schema['items'] !== undefined) this.refuseReference(mapOf(schema['items']), [...path, 'items']);
  }

  private block(block: JsonObject, path: Path): TemplateBlock {
    const when = this.expressions(this.names).condition([...path, 'when']);
    return { ...this.part(block, path), ...(when === undefined ? {} : { when }) };
  }

  private part(block: JsonObject, path: Path): TemplateBlock {
    if (block['heading'] !== undefined) return { kind: 'heading', text: this.text([...path, 'heading']) };
    if (block['note'] !== undefined) return { kind: 'note', text: this.text([...path, 'note']) };
    if (block['fields'] !== undefined)
      return { kind: 'fields', perLine: Number(block['perLine'] ?? 2), fields: this.lines([...path, 'fields']) };
    if (block['totals'] !== undefined) return { kind: 'totals', lines: this.lines([...path, 'totals']) };
    if (block['rows'] !== undefined) return this.rows(block, path);
    if (block['signatures'] !== undefined) {
      return { kind: 'signatures', labels: listOf(block['signatures']).map((_, index) => this.text([...path, 'signatures', index])) };
    }
    const align = (textOf(block['align']) ?? 'left') as 'left';
    return { kind: 'text', text: this.text([...path, 'text']), align, bold: block['bold'] === true };
  }

  private rows(block: JsonObject, path: Path): TemplateBlock {
    const list = this.expressions(this.names).typedAt([...path, 'rows']);
    if (list !== undefined && list.type.kind !== 'list' && list.type.kind !== 'any') {
      const message = `the expression gives a value of the type ${quoted(list.type.kind)}`;
      this.report.at([...path, 'rows'], { rule: 'expression-type', message, remedy: 'write one that gives a list' });
    }
    const itemType: ValueType = list?.type.kind === 'list' ? list.type.items : { kind: 'any' };
    const as = textOf(block['as']) ?? 'row';
    const inner = new Map([...this.names, [as, itemType]]);
    const columns = listOf(block['columns']).map((column, index): TemplateColumn => {
      const at = [...path, 'columns', index];
      const { width, total } = mapOf(column);
      const value = this.value(at, inner);
      if (total === true && !isAmount(value.type)) this.refuseTotal(value.type, [...at, 'total']);
      return { title: this.text([...at, 'title']), value, width: Number(width ?? 1), total: total === true };
    });
    return { kind: 'rows', list: list?.expression ?? never, itemType, as, columns };
  }

  private refuseTotal({ kind }: ValueType, path: Path): void {
    const message = `values of the type ${quoted(kind)} cannot be added up`;
    this.report.at(path, { rule: 'expression-type', message, remedy: 'leave "total" out, or write a value that is a number or an amount' });
  }

  private lines(path: Path): TemplateLine[] {
    return listOf(this.report.document.at(path)).map((_, index) => {
      const at = [...path, index];
      return { label: this.text([...at, 'label']), value: this.value(at, this.names) };
    });
  }

  private value(path: Path, names: ReadonlyMap<string, ValueType>): TemplateValue {
    const compiled = this.expressions(names).typedAt([...path, 'value']);
    const capitals = mapOf(this.report.document.at(path) as Json)['show'] === 'capitals';
    const type = compiled?.type ?? { kind: 'any' as const };
    if (capitals && !isAmount(type)) {
      const message = `capital figures are of amounts, not of the type ${quoted(type.kind)}`;
      this.report.at([...path, 'show'], { rule: 'expression-type', message, remedy: 'leave "show" out, or write an amount' });
    }
    return { expression: compiled?.expression ?? never, type, ...(capitals ? { show: 'capitals' as const } : {}) };
  }

  /** A text in both languages; one with `{{...}}` is compiled as `template("...")` is. */
  private text(path: Path): TemplateText {
    const value = this.report.document.at(path);
    if (typeof value === 'string') {
      const one = this.computed(value, path);
      return { zh: one, en: one };
    }
    const { zh, en } = mapOf(value as Json);
    return { zh: this.computed(String(zh ?? ''), [...path, 'zh']), en: this.computed(String(en ?? ''), [...path, 'en']) };
  }

  private computed(text: string, path: Path): string | Expression {
    const between = text.replace(/\{\{.*?\}\}/gsu, '');
    if (/\{\{|\}\}/u.test(between)) {
      const message = `the braces of ${quoted(text)} do not match`;
      this.report.at(path, { rule: 'expression', message, remedy: 'write "{{", an expression and "}}"' });
      return '';
    }
    if (!text.includes('{{')) return text;
    const compiled = compileExpression(`template(${feelText(text)})`, scopeOf(this.names));
    if (compiled.ok) return compiled.expression;
    for (const { message, remedy } of compiled.problems) this.report.at(path, { rule: 'expression', message, remedy });
    return '';
  }

  private expressions(names: ReadonlyMap<string, ValueType>): ExpressionCompiler {
    return new ExpressionCompiler(this.report, scopeOf(names));
  }
}

function scopeOf(names: ReadonlyMap<string, ValueType>): NameScope {
  return { has: (name) => names.has(name), typeOf: (name) => names.get(name), list: () => names.keys() };
}

function isAmount({ kind }: ValueType): boolean {
  return kind === 'money' || kind === 'number' || kind === 'any';
}
