import { compileExpression } from '../../feel/compile';
import type { JsonObject } from '../../json';
import type { BpmnFile } from './bpmn-file';
import { textLiteral, translateForeign } from './foreign-expression';
import type { XmlElement } from './xml';

/** Names that expressions may read are not known while a file is read: any may be a variable. */
const anyName = { has: () => true, typeOf: () => undefined };

/** Makes FEEL of the expressions of one process, and keeps the variables that stand for those that cannot be translated. */
export class ImportedExpressions {
  /** Variables that stand in for an expression, with their types. */
  readonly placeholders = new Map<string, JsonObject>();

  /** @param language the expression language of the file, as its root says */
  constructor(
    private readonly file: BpmnFile,
    private readonly language: string | undefined,
  ) {}

  /** An expression that is true or false, with its `=`. */
  condition(text: string, at: XmlElement, name: string, language?: string): string {
    return this.expression(text, at, name, 'condition', language);
  }

  /** A value: an expression with its `=`, or the text itself where it holds none. */
  value(text: string, at: XmlElement, name: string): string {
    if (text.startsWith('=')) return this.expression(text, at, name, 'value');
    const whole = /^\s*[$#]\{([^{}]*)\}\s*$/u.exec(text)?.[1];
    if (whole !== undefined) return this.expression(text, at, name, 'value');
    if (!/[$#]\{/u.test(text)) return text;
    return this.pieces(text, at, name);
  }

  /** A value that is an expression even where no braces say so: the name of a collection, a number of instances. */
  computed(text: string, at: XmlElement, name: string, language?: string): string {
    return this.expression(text, at, name, 'value', language);
  }

  /** The FEEL of an expression without a trace of it: for scripts that are translated as a whole. Undefined where there is none. */
  silent(text: string): string | undefined {
    const bare = bracesOf(text) ?? text;
    const feel = translateForeign(bare, 'value');
    return feel !== undefined && this.compiles(feel) ? `=${feel}` : undefined;
  }

  /** A variable that the host or a scenario sets in place of what cannot be translated. */
  placeholder(name: string, schema: JsonObject): string {
    const base = variableName(name);
    let free = base;
    for (let number = 2; this.placeholders.has(free); number++) free = `${base}_${number}`;
    this.placeholders.set(free, schema);
    return free;
  }

  private expression(text: string, at: XmlElement, name: string, as: 'condition' | 'value', language = this.language): string {
    const isFeel = text.startsWith('=') || (/feel/iu.test(language ?? '') && !/^[$#]\{/u.test(text));
    if (isFeel) {
      const feel = text.replace(/^=/u, '').trim();
      const { problem } = this.check(feel);
      if (problem === undefined) return `=${feel}`;
      return this.stands(text, at, name, as, `the FEEL expression is not understood: ${problem}`);
    }
    const foreign = bracesOf(text) ?? text;
    const feel = translateForeign(foreign, as);
    if (feel !== undefined && this.compiles(feel)) {
      this.file.report.add('translated', at, `the expression becomes "=${feel}"`, { text });
      return `=${feel}`;
    }
    const from = language === undefined ? 'an expression' : `an expression in "${language}"`;
    return this.stands(text, at, name, as, `${from} has no certain translation`);
  }

  /** A text with expressions in it: what is between them is put around their values. */
  private pieces(text: string, at: XmlElement, name: string): string {
    const parts = text.split(/([$#]\{[^{}]*\})/u).filter((part) => part !== '');
    const translated = parts.map((part) => {
      const inner = bracesOf(part);
      const feel = inner === undefined ? textLiteral(part) : translateForeign(inner, 'value');
      return inner === undefined || feel === undefined ? feel : `string(${feel})`;
    });
    const feel = translated.join(' + ');
    if (translated.includes(undefined) || !this.compiles(feel))
      return this.stands(text, at, name, 'value', 'an expression has no certain translation');
    this.file.report.add('translated', at, `the text becomes "=${feel}"`, { text });
    return `=${feel}`;
  }

  private stands(text: string, at: XmlElement, name: string, as: 'condition' | 'value', why: string): string {
    const variable = this.placeholder(name, as === 'condition' ? { type: 'boolean' } : {});
    const remedy = `write it in FEEL, or set the variable "${variable}", which stands for it`;
    this.file.report.add('placeholder', at, why, { text, remedy });
    return `=${variable}`;
  }

  private compiles(feel: string): boolean {
    return this.check(feel).problem === undefined;
  }

  private check(feel: string): { problem?: string } {
    if (feel.length > 4000) return { problem: 'it is too long' };
    const compiled = compileExpression(feel, anyName);
    if (!compiled.ok) return { problem: compiled.problems[0]?.message ?? 'it does not compile' };
    return {};
  }
}

/** What stands between the braces of `${...}` or `#{...}`, if that is all of the text. */
function bracesOf(text: string): string | undefined {
  return /^\s*[$#]\{([\s\S]*)\}\s*$/u.exec(text)?.[1];
}

/** An id or name as a variable may be called. */
export function variableName(text: string): string {
  const letters = text.replaceAll(/[^\p{L}\p{N}_]/gu, '_').slice(0, 55);
  return /^[\p{L}_]/u.test(letters) ? letters : `_${letters}`;
}
