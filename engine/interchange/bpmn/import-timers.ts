import { cronProblem } from '../../calendar/cron';
import { isCycle } from '../../calendar/cycle';
import type { JsonObject } from '../../json';
import type { BpmnFile } from './bpmn-file';
import type { ImportedExpressions } from './import-expressions';
import type { XmlElement } from './xml';

const period = /^P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/u;
const moment = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/u;
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** The timer of a `timerEventDefinition`. */
export function importTimer(file: BpmnFile, expressions: ImportedExpressions, definition: XmlElement, owner: string): JsonObject {
  for (const name of ['timeDuration', 'timeDate', 'timeCycle']) {
    const element = file.child(definition, name);
    if (element === undefined || element.text === '') continue;
    const timer = new TimerReader(file, expressions, element, owner).timer(name, element.text);
    const zone = file.vendor(definition, 'timezone') ?? undefined;
    return zone === undefined ? timer : { ...timer, timezone: zone.value };
  }
  const variable = expressions.placeholder(`${owner}_time`, { type: 'string' });
  const remedy = `give it a duration, a date or a cycle, or set the variable "${variable}", which stands for it`;
  file.report.add('placeholder', definition, 'the timer says no time', { remedy });
  return { after: `=${variable}` };
}

/** A due date or the like, as vendors write it: a point in time, a duration, or an expression that gives one of them. */
export function timerOfText(file: BpmnFile, expressions: ImportedExpressions, text: string, at: XmlElement, owner: string): JsonObject {
  const reader = new TimerReader(file, expressions, at, owner);
  return /^\d{4}-|[$#]\{|^=/u.test(text) ? reader.timer('timeDate', text) : reader.timer('timeDuration', text);
}

class TimerReader {
  constructor(
    private readonly file: BpmnFile,
    private readonly expressions: ImportedExpressions,
    private readonly at: XmlElement,
    private readonly owner: string,
  ) {}

  timer(name: string, written: string): JsonObject {
    const text = literalOf(written);
    const isExpression = /^=|[$#]\{/u.test(text);
    if (name === 'timeDate') return isExpression ? { at: this.computed(text) } : this.date(text);
    if (name === 'timeDuration') return isExpression ? { after: this.computed(text) } : this.duration(text);
    return isExpression ? { cycle: this.computed(text) } : this.cycle(text);
  }

  private computed(text: string): string {
    return this.expressions.value(text, this.at, `${this.owner}_time`);
  }

  private date(text: string): JsonObject {
    const zone = /\[([^\]]+)\]$/u.exec(text)?.[1];
    const bare = text
      .replace(/\[[^\]]*\]$/u, '')
      .replace(' ', 'T')
      .replace(/([+-]\d{2})(\d{2})?$/u, (all, hours: string, minutes: string | undefined) =>
        /T.*[+-]\d{2}(\d{2})?$/u.test(text) ? `${hours}:${minutes ?? '00'}` : all,
      );
    if (moment.test(bare)) return zone === undefined || /Z$|[+-]\d{2}:\d{2}$/u.test(bare) ? { at: bare } : { at: bare, timezone: zone };
    if (period.test(bare)) return { after: bare };
    return this.unknown('at', text, 'a date');
  }

  private duration(text: string): JsonObject {
    const bare = simpleDuration(text);
    if (bare !== undefined) return { after: bare };
    if (moment.test(text)) return { at: text };
    return this.unknown('after', text, 'a duration');
  }

  private cycle(text: string): JsonObject {
    const [delay = '', again] = text.split('###');
    const every = again === undefined ? undefined : simpleDuration(again);
    if (every !== undefined && simpleDuration(delay) !== undefined) {
      this.file.report.mapped(this.at, `"${text}"`, `a cycle of ${every}`);
      return { cycle: `R/${every}` };
    }
    const [repeat = '', first = '', second] = text.split('/');
    if (/^R\d*$/u.test(repeat)) {
      const bare = first === '' ? '' : text;
      if (isCycle(bare)) return { cycle: bare };
      if (period.test(first) && second !== undefined && isCycle(`${repeat}/${first}`)) {
        this.file.report.add('left out', this.at, 'the end of the cycle has no counterpart here', { text });
        return { cycle: `${repeat}/${first}` };
      }
      return this.unknown('cycle', text, 'a cycle');
    }
    const duration = simpleDuration(text);
    if (duration !== undefined) return { after: duration };
    if (moment.test(text)) return { at: text };
    return this.cron(text);
  }

  /** Quartz and Spring write seconds first and, some of them, years last; `?` is any day. */
  private cron(text: string): JsonObject {
    if (cronProblem(text) === undefined) return { cron: text };
    const fields = text.trim().split(/\s+/u);
    if (fields.length < 6 || fields.length > 7 || !['*', undefined].includes(fields[6]))
      return this.unknown('cron', text, 'a cron expression');
    const [seconds = '', ...others] = fields;
    const every = /^(?:\*|0)\/(\d+)$/u.exec(seconds)?.[1];
    if (every !== undefined && others.slice(0, 5).every((field) => field === '*' || field === '?')) {
      this.file.report.mapped(this.at, `"${text}"`, `a cycle of ${every} seconds`);
      return { cycle: `R/PT${every}S` };
    }
    const spring = this.file.root.attributes.get('xmlns:zeebe') !== undefined;
    const cron = others
      .slice(0, 5)
      .map((field, index) => cronField(field, index, spring))
      .join(' ');
    if (!/^0+$/u.test(seconds) || cronProblem(cron) !== undefined) return this.unknown('cron', text, 'a cron expression');
    this.file.report.mapped(this.at, `"${text}"`, `"${cron}"`);
    return { cron };
  }

  private unknown(key: 'at' | 'after' | 'cycle' | 'cron', text: string, what: string): JsonObject {
    // languages without braces: a name is a variable
    if (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(text)) return { [key]: this.expressions.computed(text, this.at, this.owner) };
    const variable = this.expressions.placeholder(`${this.owner}_time`, { type: 'string' });
    const remedy = `write ${what} as in section 6.1, or set the variable "${variable}", which stands for it`;
    this.file.report.add('placeholder', this.at, `the time is not understood as ${what}`, { text, remedy });
    return { [key]: `=${variable}` };
  }
}

/** A literal that stands in quotes, or in the braces of an expression, is that literal. */
function literalOf(text: string): string {
  return /^(?:[$#]\{)?\s*(['"])([^'"]*)\1\s*\}?$/u.exec(text.trim())?.[2] ?? text.trim();
}

/** An ISO duration, or `10s` and the like as one; undefined for anything else. */
function simpleDuration(text: string): string | undefined {
  const bare = text.trim();
  if (period.test(bare)) return bare;
  const [, amount, unit = 'ms'] = /^(\d+)\s*(ms|s|m|h|d)?$/u.exec(bare) ?? [];
  if (amount === undefined) return undefined;
  if (unit === 'ms') return `PT${Math.ceil(Number(amount) / 1000)}S`;
  return unit === 'd' ? `P${amount}D` : `PT${amount}${unit.toUpperCase()}`;
}

/** Quartz counts weekdays from 1, Sunday; `a/n` begins at `a`. */
function cronField(field: string, index: number, spring: boolean): string {
  if (field === '?') return '*';
  const named = index === 4 && !spring ? field.replaceAll(/(?<![\w/])[1-7](?!\w)/gu, (day) => weekdays[Number(day) - 1] ?? day) : field;
  const greatest = [59, 23, 31, 12, 6][index] ?? 0;
  return named.replace(/^(\d+)\/(\d+)$/u, (_, from: string, step: string) =>
    Number(from) <= (index === 2 || index === 3 ? 1 : 0) ? `*/${step}` : `${from}-${greatest}/${step}`,
  );
}
