import type { NameScope } from '../feel/compile';
import type { Expression } from '../feel/expression';
import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import type { CatchTrigger, EventTrigger, MessageRule, OutgoingMessage, ThrowRule } from '../runtime/process-model';
import { never, type ProcessContext } from './context';
import { isExpressionText } from './expressions';
import type { Scope } from './scopes';
import { type Container, type Element, handlerOf, isActivity, mapOf, textOf, variableOf } from './step-document';

/** Whether it undoes an activity of a graph: it is then undone by nothing itself. */
function undoesBeside({ id, container }: Element): boolean {
  return container.elements.some((known) => known.kind === 'boundaryEvent' && handlerOf(known) === id);
}

/** Compiles what events react to and what they throw; `path` leads to the map in which the trigger's key stands. */
export class EventCompiler {
  constructor(private readonly context: ProcessContext) {}

  /** What an event in the middle waits for. */
  catchTrigger(path: Path, names: NameScope): CatchTrigger {
    const owner = this.mapAt(path);
    if (owner['timer'] !== undefined) {
      return { kind: 'timer', timer: this.context.timing(names).timer([...path, 'timer']) ?? { after: 'PT1S' } };
    }
    if (owner['message'] !== undefined) return { kind: 'message', message: this.message([...path, 'message'], names) };
    if (owner['signal'] !== undefined) return { kind: 'signal', name: this.signalName([...path, 'signal'], names) };
    if (owner['link'] !== undefined) return { kind: 'link', name: String(owner['link']) };
    const key = owner['waitFor'] === undefined ? 'condition' : 'waitFor';
    return { kind: 'condition', condition: this.context.expressions(names).condition([...path, key]) ?? never };
  }

  /** What a boundary event or a start reacts to. */
  trigger(path: Path, names: NameScope): EventTrigger {
    const owner = this.mapAt(path);
    for (const kind of ['error', 'escalation'] as const) {
      if (owner[kind] === undefined) continue;
      const code = mapOf(owner[kind])['code'];
      return { kind, ...(code === undefined ? {} : { code: String(code) }) };
    }
    if (owner['cancel'] !== undefined) return { kind: 'cancel' };
    if (owner['compensation'] !== undefined) return { kind: 'compensation' };
    return this.catchTrigger(path, names);
  }

  /** The variable that receives what came with an event; none where nothing does. */
  result(path: Path, id: string, trigger: EventTrigger): { result?: string } {
    const { output, result: named } = this.mapAt(path);
    const { kind } = trigger;
    // what an output is computed from is there
    const result = textOf(named) ?? (output !== undefined && (kind === 'error' || kind === 'escalation') ? variableOf(id) : undefined);
    if (kind === 'message' || kind === 'signal') return { result: result ?? variableOf(id) };
    if (result === undefined) return {};
    if (kind === 'error' || kind === 'escalation') return { result };
    this.context.misplaced(
      [...path, 'result'],
      '"result" stands inside the task, or beside a message or signal',
      'move it into the task, or leave it out',
    );
    return {};
  }

  /** What an event sets when it happens, beside its result. */
  output(path: Path, names: NameScope): { output?: Record<string, Expression> } {
    return this.mapAt(path)['output'] === undefined ? {} : { output: this.context.expressionMap([...path, 'output'], names) };
  }

  /** Complains about an event that says it does not interrupt and cannot but do so. */
  checkInterrupting(path: Path, trigger: EventTrigger): void {
    const { kind } = trigger;
    if (this.mapAt(path)['interrupting'] !== false || (kind !== 'error' && kind !== 'cancel')) return;
    const message = `${kind === 'error' ? 'an error' : 'cancelling'} always interrupts the step`;
    this.context.report.at([...path, 'interrupting'], { rule: 'error-interrupts', message, remedy: 'leave "interrupting: false" out' });
  }

  /** What stands at a path to be thrown; undefined where nothing is. */
  throwRule(path: Path, container: Container, names: Scope): ThrowRule | undefined {
    const owner = this.mapAt(path);
    if (owner['error'] !== undefined) {
      const message = this.context.expressions(names).expressionAt([...path, 'error', 'message']);
      return {
        kind: 'error',
        code: this.textOrExpression([...path, 'error', 'code'], names),
        ...(message === undefined ? {} : { message }),
      };
    }
    if (owner['escalation'] !== undefined)
      return { kind: 'escalation', code: this.textOrExpression([...path, 'escalation', 'code'], names) };
    if (owner['signal'] !== undefined) return this.thrownSignal([...path, 'signal'], names);
    if (owner['message'] !== undefined) return { kind: 'message', message: this.outgoing([...path, 'message'], names) };
    if (owner['compensation'] !== undefined) return this.compensation([...path, 'compensation'], container);
    if (owner['link'] !== undefined) return { kind: 'link', name: String(owner['link']) };
    return owner['cancel'] === true ? this.cancel([...path, 'cancel'], container) : undefined;
  }

  /** A message that is awaited. Without a key it is the case's own; a start, which there is no case before, takes any. */
  message(path: Path, names: NameScope): MessageRule {
    return { name: this.textOrExpression([...path, 'name'], names), key: this.messageKey(path, names) };
  }

  /** A message that is published. */
  outgoing(path: Path, names: NameScope): OutgoingMessage {
    const { timeToLive } = this.mapAt(path);
    return {
      name: this.textOrExpression([...path, 'name'], names),
      key: this.messageKey(path, names),
      variables: this.context.values([...path, 'variables'], names),
      timeToLive: textOf(timeToLive) ?? 'PT0S',
    };
  }

  private messageKey(path: Path, names: NameScope): Expression {
    const expressions = this.context.expressions(names);
    if (this.mapAt(path)['key'] === undefined) return expressions.made(names.has('case') ? 'case.businessKey' : 'null', path) ?? never;
    const at = [...path, 'key'];
    const { kind } = expressions.typeAt(at);
    if (kind === 'context' || kind === 'list' || kind === 'boolean') {
      const message = `the key gives a value of the type ${quoted(kind)}`;
      this.context.report.at(at, {
        rule: 'expression-type',
        message,
        remedy: 'write one that gives a text or a number, for example =order.number',
      });
    }
    return expressions.expressionAt(at) ?? never;
  }

  private thrownSignal(path: Path, names: NameScope): ThrowRule {
    return { kind: 'signal', name: this.signalName(path, names), variables: this.context.values([...path, 'variables'], names) };
  }

  private signalName(path: Path, names: NameScope): string | Expression {
    const inMap = mapOf(this.context.report.document.at(path))['name'] !== undefined;
    return this.textOrExpression(inMap ? [...path, 'name'] : path, names);
  }

  private compensation(path: Path, container: Container): ThrowRule {
    const { report } = this.context;
    if (report.document.at(path) === true) return { kind: 'compensation' };
    const scopes = new Set<Container>();
    for (let around: Container | undefined = container; around !== undefined; around = around.parent) scopes.add(around);
    const activity = this.context.reference(
      path,
      'an activity of this scope or of one around it',
      (element) => isActivity(element.kind) && scopes.has(element.container) && element.undoes === undefined && !undoesBeside(element),
    );
    return { kind: 'compensation', ...(activity === undefined ? {} : { activity }) };
  }

  private cancel(path: Path, container: Container): ThrowRule {
    let around: Container | undefined = container;
    while (around !== undefined && around.variant !== 'transaction') around = around.parent;
    if (around === undefined) {
      const message = 'only inside a transaction can it be cancelled';
      const remedy = 'write "transaction: true" at the sub-process around it, or throw an error';
      this.context.report.at(path, { rule: 'cancel-outside-transaction', message, remedy }, 'key');
    }
    return { kind: 'cancel' };
  }

  private textOrExpression(path: Path, names: NameScope): string | Expression {
    const value = this.context.report.document.at(path);
    return isExpressionText(value) ? (this.context.expressions(names).at(path) ?? never) : String(value);
  }

  private mapAt(path: Path): JsonObject {
    return mapOf(this.context.report.document.at(path));
  }
}
