import type { Json } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { durationMs } from '../runtime/durations';
import type { OverdueRule, RetryRule, ServiceTaskNode, TimerRule } from '../runtime/process-model';
import { type ExpressionCompiler, isExpressionText } from './expressions';
import { compileLimits } from './limits';
import type { Report } from './report';
import { listOf, mapOf } from './step-document';

/** Compiles what is about time: timers, due dates, what happens after them, retries and time-outs. */
export class TimingCompiler {
  constructor(
    private readonly report: Report,
    private readonly expressions: ExpressionCompiler,
  ) {}

  timer(path: Path): TimerRule | undefined {
    const rule = mapOf(this.report.document.at(path));
    const key = rule['after'] === undefined ? 'at' : 'after';
    const value = rule[key];
    if (isExpressionText(value)) {
      const expression = this.expressions.at([...path, key]);
      if (expression === undefined) return undefined;
      return key === 'after' ? { after: expression } : { at: expression };
    }
    if (key === 'at') return { at: String(value) };
    const after = this.duration([...path, key]);
    return after === undefined ? undefined : { after };
  }

  /** A duration of at least a second; undefined, with a finding, where it is shorter. */
  duration(path: Path): string | undefined {
    const value = this.report.document.at(path);
    if (typeof value !== 'string') return undefined;
    const ms = durationMs(value);
    if (ms !== undefined && ms >= compileLimits.timerMs) return value;
    this.report.at(path, { rule: 'timer-too-short', message: `${quoted(value)} is shorter than a second`, remedy: 'write PT1S or more' });
    return undefined;
  }

  overdue(path: Path): OverdueRule[] {
    const rules = listOf(this.report.document.at([...path, 'overdue']));
    if (rules.length > 0 && this.report.document.at([...path, 'due']) === undefined) {
      const message = 'there is no due date to be over';
      this.report.at([...path, 'overdue'], { rule: 'overdue-without-due', message, remedy: 'add "due: { after: ... }"' }, 'key');
    }
    const seen = new Set<string>();
    return rules.flatMap((_, index) => this.overdueRule([...path, 'overdue', index], seen));
  }

  private overdueRule(path: Path, seen: Set<string>): OverdueRule[] {
    const rule = mapOf(this.report.document.at(path));
    const id = String(rule['id']);
    if (seen.has(id)) {
      const message = `the id ${quoted(id)} is given twice`;
      this.report.at([...path, 'id'], { rule: 'duplicate-id', message, remedy: 'give each rule an id of its own' });
    }
    seen.add(id);
    const every = this.duration([...path, 'every']);
    const after = this.duration([...path, 'after']) ?? every;
    const times = typeof rule['times'] === 'number' ? rule['times'] : 1;
    if (times > 1 && rule['every'] === undefined) {
      const message = `it is to happen ${times} times, but not how long apart`;
      this.report.at([...path, 'times'], { rule: 'overdue-every', message, remedy: 'add "every: PT1H" or another duration' });
    }
    if (after === undefined) return [];
    return [{ id, after, ...(every === undefined ? {} : { every }), times, action: overdueAction(rule['do']) }];
  }

  retry(path: Path): RetryRule {
    const rule = mapOf(this.report.document.at(path));
    return {
      initial: this.duration([...path, 'initial']) ?? 'PT1S',
      factor: typeof rule['factor'] === 'number' ? rule['factor'] : 2,
      max: this.duration([...path, 'max']) ?? 'PT1M',
      attempts: typeof rule['attempts'] === 'number' ? rule['attempts'] : 10,
    };
  }

  timeout(path: Path): ServiceTaskNode['timeout'] {
    const attempt = this.duration([...path, 'attempt']) ?? 'PT30S';
    const total = this.duration([...path, 'total']) ?? 'P1D';
    const heartbeat = this.duration([...path, 'heartbeat']);
    return { attempt, total, ...(heartbeat === undefined ? {} : { heartbeat }) };
  }
}

function overdueAction(value: Json | undefined): OverdueRule['action'] {
  if (value === 'urge') return { kind: 'urge' };
  return { kind: 'escalate', roles: listOf(mapOf(mapOf(value)['escalate'])['roles']).map(String) };
}
