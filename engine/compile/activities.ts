import type { Expression } from '../feel/expression';
import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { Assignment, BoundaryTrigger, CatchTrigger, LocalizedText, MessageRule } from '../runtime/process-model';
import type { CompiledForm } from './deployment';
import type { CompiledValue, ExpressionCompiler } from './expressions';
import type { NodeDraft } from './graph';
import { localizedText } from './localized-text';
import { type ProcessVariables, unknownForm } from './names';
import type { ProcessUses } from './process-uses';
import type { Report } from './report';
import { listOf, mapOf, type StepDocument, type StepKind, textOf } from './step-document';
import type { TimingCompiler } from './timing';

/** Everything that the steps of one process are compiled with. */
export interface ProcessContext {
  report: Report;
  variables: ProcessVariables;
  expressions: ExpressionCompiler;
  timing: TimingCompiler;
  forms: ReadonlyMap<string, CompiledForm>;
  /** Variables of every process by its id: what a call may set. Undefined where the process itself has findings. */
  processes: ReadonlyMap<string, ProcessVariables | undefined>;
  uses: ProcessUses;
}

const never: Expression = { text: '', tree: null, reads: [] };

/** Compiles what a step does into its node; a part that has findings is left out, since nothing of it will run. */
export class ActivityCompiler {
  constructor(private readonly context: ProcessContext) {}

  /** The node of a step that is no gateway and no end. */
  node(step: StepDocument, kind: StepKind, path: Path): NodeDraft {
    this.checkCompanions(step, kind, path);
    const head = { id: step.id, ...titleOf(step) };
    switch (kind) {
      case 'userTask':
        return { ...head, ...this.userTask(step, path) };
      case 'serviceTask':
        return { ...head, ...this.serviceTask(step, path) };
      case 'scriptTask':
        return { ...head, kind, boundary: [], set: this.assignments([...path, kind, 'set']) };
      case 'callActivity':
        return { ...head, ...this.callActivity(step, path) };
      default:
        return this.catchEvent(step, path, head);
    }
  }

  /** The node of a boundary event. */
  boundary(event: JsonObject, attachedTo: string, path: Path): NodeDraft {
    const id = String(event['id']);
    const interrupting = event['interrupting'] !== false;
    const trigger = this.boundaryTrigger(event, path);
    if (trigger.kind === 'error' && !interrupting) {
      const message = 'an error always interrupts the step';
      this.context.report.at([...path, 'interrupting'], { rule: 'error-interrupts', message, remedy: 'leave "interrupting: false" out' });
    }
    const result = trigger.kind === 'message' ? { result: textOf(event['result']) ?? id } : {};
    if (event['result'] !== undefined && trigger.kind !== 'message') this.refuseResult([...path, 'result']);
    return { id, ...titleOf(event), kind: 'boundaryEvent', attachedTo, interrupting, trigger, ...result };
  }

  /** Notes the roles at a path as used. */
  roles(path: Path): string[] {
    const { report, uses } = this.context;
    const roles = listOf(report.document.at(path)).map(String);
    roles.forEach((role, index) => {
      uses.roles.push({ role, path: [...path, index] });
    });
    return roles;
  }

  /** Notes the form at a path as used. */
  form(path: Path): string | undefined {
    const { report, forms, uses } = this.context;
    const id = textOf(report.document.at(path));
    if (id === undefined) return undefined;
    if (forms.has(id)) uses.forms.add(id);
    else report.at(path, unknownForm(id, forms));
    return id;
  }

  private userTask(step: StepDocument, path: Path): Omit<Extract<NodeDraft, { kind: 'userTask' }>, 'id'> {
    const at = [...path, 'userTask'];
    const task = mapOf(step['userTask']);
    const form = this.form([...at, 'form']);
    const due = task['due'] === undefined ? undefined : this.context.timing.timer([...at, 'due']);
    const overdue = this.context.timing.overdue(at);
    listOf(task['overdue']).forEach((_, index) => {
      this.roles([...at, 'overdue', index, 'do', 'escalate', 'roles']);
    });
    return {
      kind: 'userTask',
      boundary: [],
      assign: this.assignment([...at, 'assign']),
      ...(form === undefined ? {} : { form }),
      outcomes: this.outcomes([...at, 'outcomes']),
      result: textOf(task['result']) ?? step.id,
      priority: typeof task['priority'] === 'number' ? task['priority'] : 50,
      ...(due === undefined ? {} : { due }),
      overdue,
    };
  }

  private assignment(path: Path): Assignment {
    return { roles: this.roles([...path, 'roles']), users: this.users([...path, 'users']), exclude: this.users([...path, 'exclude']) };
  }

  private users(path: Path): Expression[] {
    const { report, expressions } = this.context;
    return listOf(report.document.at(path)).flatMap((_, index) => {
      const expression = expressions.expressionAt([...path, index]);
      return expression === undefined ? [] : [expression];
    });
  }

  private outcomes(path: Path): { id: string; title: LocalizedText }[] {
    const seen = new Set<string>();
    return listOf(this.context.report.document.at(path)).map((item, index) => {
      const id = typeof item === 'string' ? item : String(mapOf(item)['id']);
      if (seen.has(id)) {
        const message = `the outcome ${quoted(id)} is given twice`;
        this.context.report.at([...path, index], { rule: 'duplicate-id', message, remedy: 'delete one of them' });
      }
      seen.add(id);
      return { id, title: localizedText(mapOf(item)['title'], id) };
    });
  }

  private serviceTask(step: StepDocument, path: Path): Omit<Extract<NodeDraft, { kind: 'serviceTask' }>, 'id'> {
    const task = mapOf(step['serviceTask']);
    return {
      kind: 'serviceTask',
      boundary: [],
      connector: String(task['connector']),
      input: this.input([...path, 'serviceTask', 'input']),
      result: textOf(task['result']) ?? step.id,
      retry: this.context.timing.retry([...path, 'retry']),
      timeout: this.context.timing.timeout([...path, 'serviceTask', 'timeout']),
    };
  }

  private callActivity(step: StepDocument, path: Path): Omit<Extract<NodeDraft, { kind: 'callActivity' }>, 'id'> {
    const at = [...path, 'callActivity'];
    const call = mapOf(step['callActivity']);
    const process = String(call['process']);
    this.checkCall(process, at);
    return {
      kind: 'callActivity',
      boundary: [],
      process,
      input: this.input([...at, 'input']),
      result: textOf(call['result']) ?? step.id,
    };
  }

  private checkCall(process: string, path: Path): void {
    const { report, processes, uses } = this.context;
    if (!processes.has(process)) {
      const remedy = suggestion(process, processes.keys()) ?? `write a document "process: ${process}"`;
      report.at([...path, 'process'], { rule: 'unknown-process', message: `there is no process ${quoted(process)}`, remedy });
      return;
    }
    uses.calls.push({ process, path: [...path, 'process'] });
    const variables = processes.get(process);
    for (const name of Object.keys(mapOf(report.document.at([...path, 'input'])))) {
      if (variables === undefined || variables.isDeclared(name)) continue;
      const remedy = suggestion(name, variables.declaredNames()) ?? `declare it under "variables" of ${quoted(process)}`;
      const message = `process ${quoted(process)} declares no variable ${quoted(name)}`;
      report.at([...path, 'input', name], { rule: 'unknown-variable', message, remedy }, 'key');
    }
  }

  private input(path: Path): Record<string, CompiledValue> {
    const { report, expressions } = this.context;
    const input: Record<string, CompiledValue> = {};
    for (const name of Object.keys(mapOf(report.document.at(path)))) {
      const value = expressions.valueAt([...path, name]);
      if (value !== undefined) input[name] = value;
    }
    return input;
  }

  private assignments(path: Path): { variable: string; value: Expression }[] {
    const { report, expressions, variables } = this.context;
    return Object.keys(mapOf(report.document.at(path))).flatMap((variable) => {
      if (!variables.isVariable(variable)) {
        const remedy = suggestion(variable, variables.list()) ?? `declare it: add "${variable}: { type: ... }" under "variables"`;
        report.at([...path, variable], { rule: 'unknown-variable', message: `there is no variable ${quoted(variable)}`, remedy }, 'key');
      }
      const value = expressions.expressionAt([...path, variable]);
      return value === undefined ? [] : [{ variable, value }];
    });
  }

  private catchEvent(step: StepDocument, path: Path, head: { id: string; title?: LocalizedText }): NodeDraft {
    const trigger = this.catchTrigger(step, path);
    const result = trigger.kind === 'message' ? { result: textOf(step['result']) ?? step.id } : {};
    return { ...head, kind: 'intermediateCatchEvent', trigger, ...result };
  }

  private catchTrigger(owner: JsonObject, path: Path): CatchTrigger {
    if (owner['timer'] !== undefined) return { kind: 'timer', timer: this.context.timing.timer([...path, 'timer']) ?? { after: 'PT1S' } };
    if (owner['message'] !== undefined) return { kind: 'message', message: this.message([...path, 'message']) };
    const key = owner['waitFor'] === undefined ? 'condition' : 'waitFor';
    return { kind: 'condition', condition: this.context.expressions.condition([...path, key]) ?? never };
  }

  private boundaryTrigger(event: JsonObject, path: Path): BoundaryTrigger {
    if (event['error'] === undefined) return this.catchTrigger(event, path);
    const code = mapOf(event['error'])['code'];
    return { kind: 'error', ...(code === undefined ? {} : { code: String(code) }) };
  }

  private message(path: Path): MessageRule {
    const name = String(mapOf(this.context.report.document.at(path))['name']);
    return { name, key: this.context.expressions.at([...path, 'key']) ?? never };
  }

  /** `retry`, `result`, `terminate` and `boundary` stand only beside the kinds that know them. */
  private checkCompanions(step: StepDocument, kind: StepKind, path: Path): void {
    if (step['result'] !== undefined && kind !== 'message') this.refuseResult([...path, 'result']);
    this.refuseUnless(kind === 'serviceTask', step, 'retry', path, 'only a "serviceTask" is tried again');
    this.refuseUnless(
      kind.endsWith('Task') || kind === 'callActivity',
      step,
      'boundary',
      path,
      'only a task or a call has boundary events',
    );
    this.refuseUnless(false, step, 'terminate', path, 'only an "end" terminates');
  }

  private refuseResult(path: Path): void {
    const message = '"result" stands inside the task, or beside a message';
    this.context.report.at(path, { rule: 'misplaced-key', message, remedy: 'move it into the task, or leave it out' }, 'key');
  }

  private refuseUnless(allowed: boolean, step: StepDocument, key: string, path: Path, message: string): void {
    if (allowed || step[key] === undefined) return;
    this.context.report.at([...path, key], { rule: 'misplaced-key', message, remedy: `leave "${key}" out here` }, 'key');
  }
}

/** The title of a step, branch or event, where it has one. */
export function titleOf(owner: JsonObject): { title?: LocalizedText } {
  return owner['title'] === undefined ? {} : { title: localizedText(owner['title'], String(owner['id'])) };
}
