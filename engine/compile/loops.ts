import type { Expression } from '../feel/expression';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import type { LoopRule, MultiInstanceRule } from '../runtime/process-model';
import { never, type ProcessContext } from './context';
import { isExpressionText } from './expressions';
import { compileLimits } from './limits';
import { type Scope, withNumbers } from './scopes';
import { type Element, innermostOf, mapOf, textOf } from './step-document';

/** What the condition that ends a multi-instance activity may ask (BPMN 2.0, table 10.31). */
const instanceNumbers = [
  'numberOfInstances',
  'numberOfActiveInstances',
  'numberOfCompletedInstances',
  'numberOfTerminatedInstances',
] as const;

/** Compiles how an activity is repeated, and what guards it. */
export class LoopCompiler {
  constructor(private readonly context: ProcessContext) {}

  /** `forEach` or `repeat`; undefined where the activity is done once. */
  rule(element: Element): LoopRule | undefined {
    const { value, loop, path } = element;
    if (loop === undefined) return undefined;
    if (value['forEach'] !== undefined && value['repeat'] !== undefined) {
      this.context.misplaced([...path, 'repeat'], 'a step is repeated by "forEach" or by "repeat", not by both', 'keep one of them');
    }
    if (value['forEach'] !== undefined) return this.multiInstance(element, loop);
    const at = [...path, 'repeat'];
    const rule = mapOf(value['repeat']);
    const test = rule['test'] === 'before' || rule['test'] === 'after' ? rule['test'] : rule['while'] === undefined ? 'after' : 'before';
    const maximum = typeof rule['max'] === 'number' ? rule['max'] : compileLimits.repetitions;
    return { kind: 'standard', condition: this.goesOn(at, loop), test, maximum, variables: loop.declarations() };
  }

  /** An activity that is offered only while a condition is true. */
  milestone(element: Element): { milestone?: { condition: Expression; lost: 'skip' | 'wait' } } {
    const value = element.value['milestone'];
    if (value === undefined) return {};
    const at = [...element.path, 'milestone'];
    const path = typeof value === 'string' ? at : [...at, 'while'];
    const condition = this.context.expressions(element.outer).condition(path);
    return { milestone: { condition: condition ?? never, lost: mapOf(value)['lost'] === 'wait' ? 'wait' : 'skip' } };
  }

  /** `until` ends it as soon as it is true; null is not yet. */
  private goesOn(path: Path, names: Scope): Expression {
    const expressions = this.context.expressions(names);
    const until = textOf(this.context.report.document.at([...path, 'until']));
    if (until === undefined) return expressions.condition([...path, 'while']) ?? never;
    if (expressions.condition([...path, 'until']) === undefined) return never;
    return expressions.made(`(${until.slice(1)}${until.includes('//') ? '\n' : ''}) != true`, [...path, 'until']) ?? never;
  }

  private multiInstance(element: Element, loop: Scope): MultiInstanceRule {
    const at = [...element.path, 'forEach'];
    const rule = mapOf(element.value['forEach']);
    const item = textOf(rule['as']);
    const until =
      rule['until'] === undefined
        ? undefined
        : this.context.expressions(withNumbers(innermostOf(element), instanceNumbers)).condition([...at, 'until']);
    const collect = this.collect(element, [...at, 'collect']);
    this.carry(element, loop, [...(until?.reads ?? []), ...collect.flatMap(({ value }) => value.reads)]);
    return {
      kind: 'multiInstance',
      mode: rule['mode'] === 'sequential' ? 'sequential' : 'parallel',
      ...this.howMany(at, element.outer),
      ...(item === undefined ? {} : { as: item }),
      ...(until === undefined ? {} : { until }),
      rest: rule['rest'] === 'ignore' ? 'ignore' : 'cancel',
      collect,
      variables: loop.declarations(),
    };
  }

  /** What `until` and `collect` read of a sub-process becomes a variable of the instance: the sub-process is over when they are asked. */
  private carry(element: Element, loop: Scope, reads: readonly string[]): void {
    const inner = element.inner?.scope;
    for (const name of inner === undefined ? [] : reads) {
      if (inner?.isOwn(name) === true) loop.declare(name, { type: inner.typeOf(name) ?? { kind: 'any' } });
    }
  }

  private howMany(path: Path, names: Scope): Pick<MultiInstanceRule, 'collection' | 'count'> {
    const expressions = this.context.expressions(names);
    const { document } = this.context.report;
    if (document.at([...path, 'count']) !== undefined) return { count: expressions.expressionAt([...path, 'count']) ?? never };
    const collection = expressions.expressionAt([...path, 'in']) ?? never;
    const { kind } = expressions.typeAt([...path, 'in']);
    if (kind !== 'list' && kind !== 'any' && isExpressionText(document.at([...path, 'in']))) {
      const message = `the instances are made from a value of the type ${quoted(kind)}, not from a list`;
      this.context.report.at([...path, 'in'], { rule: 'list-wanted', message, remedy: 'give a list, or a number with "count"' });
    }
    return { collection };
  }

  private collect(element: Element, path: Path): MultiInstanceRule['collect'] {
    const values = this.context.expressionMap(path, innermostOf(element));
    return Object.entries(values).map(([variable, value]) => {
      this.context.checkVariable(variable, [...path, variable], element.outer);
      return { variable, value };
    });
  }
}

/** The critical section of an activity. */
export function mutexOf(element: Element): { mutex?: string } {
  const mutex = textOf(element.value['mutex']);
  return mutex === undefined ? {} : { mutex };
}

/** What a repeated sub-process hands to its instance when it ends, because `until` or `collect` reads it. */
export function carriedOut(context: ProcessContext, element: Element): Record<string, Expression> {
  const { inner, loop, path } = element;
  if (inner === undefined || loop === undefined) return {};
  const names = Object.keys(loop.declarations()).filter((name) => inner.scope.isOwn(name));
  const expressions = context.expressions(inner.scope);
  return Object.fromEntries(
    names.flatMap((name): [string, Expression][] => {
      const value = expressions.made(name, path);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
