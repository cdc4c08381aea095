import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { Assignment, LocalizedText, ReturnRule, SigningRule, UserTaskNode } from '../runtime/process-model';
import type { ProcessContext } from './context';
import { localizedText } from './localized-text';
import type { Scope } from './scopes';
import { type Container, type Element, listOf, mapOf, namesOf, numberOf, textOf, variableOf } from './step-document';

type UserTaskContent = Omit<UserTaskNode, 'id' | 'title' | 'parent' | 'incoming' | 'outgoing' | 'boundary'>;

/** Compiles what a person does: who, what, until when, and what people may do with the task besides. */
export class UserTaskCompiler {
  constructor(private readonly context: ProcessContext) {}

  content(element: Element): UserTaskContent {
    const at = [...element.path, 'userTask'];
    const task = mapOf(element.value['userTask']);
    const names = namesOf(element);
    const timing = this.context.timing(names);
    const form = this.context.form([...at, 'form'], names);
    const due = task['due'] === undefined ? undefined : timing.timer([...at, 'due']);
    const followUp = task['followUp'] === undefined ? undefined : timing.timer([...at, 'followUp']);
    const outcomes = this.outcomes([...at, 'outcomes']);
    return {
      kind: 'userTask',
      assign: this.assignment([...at, 'assign'], element, outcomes),
      ...(form === undefined ? {} : { form }),
      outcomes,
      result: textOf(task['result']) ?? variableOf(element.id),
      priority: numberOf(task['priority']) ?? 50,
      ...(due === undefined ? {} : { due }),
      ...(followUp === undefined ? {} : { followUp }),
      overdue: this.overdue(at, outcomes, names),
      ...this.signing([...at, 'signing'], outcomes),
      ...this.returning(at, element),
      ...this.operations(at, names),
    };
  }

  private overdue(at: Path, outcomes: UserTaskNode['outcomes'], names: Scope): UserTaskNode['overdue'] {
    const rules = this.context.timing(names).overdue(at);
    listOf(this.context.report.document.at([...at, 'overdue'])).forEach((rule, index) => {
      const path = [...at, 'overdue', index, 'do'];
      this.context.roles([...path, 'escalate', 'roles']);
      this.checkDecision(mapOf(rule)['do'] === 'complete' ? path : [...path, 'decide'], outcomes);
    });
    return rules;
  }

  /** `decide: <outcome>` where there are outcomes, `complete` where there are none. */
  private checkDecision(path: Path, outcomes: UserTaskNode['outcomes']): void {
    const value = this.context.report.document.at(path);
    if (value === undefined) return;
    if (path.at(-1) === 'decide') this.checkOutcome(path, outcomes);
    else if (outcomes.length > 0) {
      const remedy = `write { decide: ${outcomes[0]?.id ?? ''} } or another outcome`;
      this.context.report.at(path, { rule: 'outcome-missing', message: 'the task is completed with an outcome', remedy });
    }
  }

  private checkOutcome(path: Path, outcomes: UserTaskNode['outcomes']): string | undefined {
    const outcome = textOf(this.context.report.document.at(path));
    if (outcome === undefined || outcomes.some(({ id }) => id === outcome)) return outcome;
    const ids = outcomes.map(({ id }) => id);
    const remedy = suggestion(outcome, ids) ?? (ids.length === 0 ? 'add it under "outcomes"' : `write one of: ${ids.join(', ')}`);
    this.context.report.at(path, { rule: 'unknown-outcome', message: `the task has no outcome ${quoted(outcome)}`, remedy });
    return outcome;
  }

  private assignment(path: Path, element: Element, outcomes: UserTaskNode['outcomes']): Assignment {
    const { context } = this;
    const names = namesOf(element);
    const assign = mapOf(context.report.document.at(path));
    const notSameAs = listOf(assign['notSameAs']).flatMap((_, index) => this.otherTask([...path, 'notSameAs', index], element) ?? []);
    const sameAs = this.otherTask([...path, 'sameAs'], element);
    const familiar = this.otherTask([...path, 'familiar'], element, true);
    const distribute = assign['distribute'];
    return {
      roles: context.roles([...path, 'roles']),
      users: context.users([...path, 'users'], names),
      exclude: context.users([...path, 'exclude'], names),
      ...(notSameAs.length === 0 ? {} : { notSameAs }),
      ...(sameAs === undefined ? {} : { sameAs }),
      ...(familiar === undefined ? {} : { familiar }),
      ...(distribute === 'roundRobin' || distribute === 'shortestQueue' ? { distribute } : {}),
      ...this.ifNobody([...path, 'ifNobody'], names, outcomes),
    };
  }

  /** A user task of the process that somebody did before; `itself`: it may be the same one, done earlier. */
  private otherTask(path: Path, element: Element, itself = false): string | undefined {
    const what = itself ? 'a user task' : 'another user task';
    return this.context.reference(path, what, ({ kind, id }) => kind === 'userTask' && (itself || id !== element.id));
  }

  private ifNobody(path: Path, names: Scope, outcomes: UserTaskNode['outcomes']): Pick<Assignment, 'ifNobody'> {
    const value = this.context.report.document.at(path);
    if (value === undefined) return {};
    if (value === 'incident') return { ifNobody: { kind: 'incident' } };
    this.checkDecision(value === 'complete' ? path : [...path, 'decide'], outcomes);
    if (value === 'complete') return { ifNobody: { kind: 'outcome', outcome: null } };
    const decided = textOf(mapOf(value)['decide']);
    if (decided !== undefined) return { ifNobody: { kind: 'outcome', outcome: decided } };
    return {
      ifNobody: { kind: 'assign', roles: this.context.roles([...path, 'roles']), users: this.context.users([...path, 'users'], names) },
    };
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

  private signing(path: Path, outcomes: UserTaskNode['outcomes']): { signing?: SigningRule } {
    const value = this.context.report.document.at(path);
    if (value === undefined) return {};
    const rule = mapOf(value);
    const mode = rule['mode'] as SigningRule['mode'];
    this.checkVote(path, mode, outcomes);
    const tie = this.checkOutcome([...path, 'tie'], outcomes);
    const weights = mapOf(rule['weights']) as Record<string, number>;
    const veto = listOf(rule['veto']).map(String);
    return {
      signing: {
        mode,
        ...(typeof rule['share'] === 'number' ? { share: String(rule['share']) } : {}),
        ...(mode === 'vote' ? { of: rule['of'] === 'votes' ? 'votes' : 'signers' } : {}),
        ...(Object.keys(weights).length === 0 ? {} : { weights }),
        ...(veto.length === 0 ? {} : { veto }),
        early: rule['early'] !== false,
        tie: tie !== undefined && tie === outcomes[0]?.id ? 'agree' : 'disagree',
        samePerson: rule['samePerson'] === 'once' ? 'once' : 'each',
      },
    };
  }

  /** A vote has something to vote on, and a share; nothing else counts votes. */
  private checkVote(path: Path, mode: SigningRule['mode'], outcomes: UserTaskNode['outcomes']): void {
    const rule = mapOf(this.context.report.document.at(path));
    const at = [...path, 'mode'];
    if (mode === 'vote' && outcomes.length < 2) {
      const remedy = 'add "outcomes: [approve, reject]": the first one agrees';
      this.context.report.at(at, { rule: 'vote-without-outcomes', message: 'there is nothing to vote on', remedy });
    }
    if (mode === 'vote' && rule['share'] === undefined) {
      const remedy = 'add "share: 0.6" or another part of the votes';
      this.context.report.at(at, { rule: 'vote-without-share', message: 'it is not said how many votes have to agree', remedy });
    }
    for (const key of mode === 'vote' ? [] : ['share', 'of', 'weights', 'tie']) {
      if (rule[key] === undefined) continue;
      this.context.misplaced([...path, key], `only in a vote is there a ${quoted(key)}`, `leave "${key}" out, or write "mode: vote"`);
    }
  }

  private returning(path: Path, element: Element): { return?: ReturnRule } {
    const task = mapOf(this.context.report.document.at(path));
    const targets = listOf(task['mayReturnTo']);
    if (targets.length === 0) {
      for (const key of ['afterReturn', 'returnEffects', 'maxReturns', 'returnInSigning']) {
        if (task[key] === undefined) continue;
        const message = 'it is not said where the task may be sent back to';
        this.context.misplaced([...path, key], message, `add "mayReturnTo: [<step>]", or leave "${key}" out`);
      }
      return {};
    }
    const around = new Set<Container>();
    for (let container: Container | undefined = element.container; container !== undefined; container = container.parent) {
      around.add(container);
    }
    const what = 'a user task of this part of the process or of one around it';
    const to = targets.flatMap((_, index) => {
      const fits = (known: Element): boolean => known.kind === 'userTask' && known !== element && around.has(known.container);
      return this.context.reference([...path, 'mayReturnTo', index], what, fits) ?? [];
    });
    const after = task['afterReturn'] === 'straightBack' ? 'straightBack' : 'again';
    if (task['returnInSigning'] === 'mine' && after !== 'straightBack') {
      const message = 'one signature waits only for a task that comes straight back';
      const remedy = 'add "afterReturn: straightBack", or leave "returnInSigning" out';
      this.context.report.at([...path, 'returnInSigning'], { rule: 'return-in-signing', message, remedy });
    }
    return {
      return: {
        to,
        after,
        effects: task['returnEffects'] === 'compensate' ? 'compensate' : 'refuse',
        maximum: numberOf(task['maxReturns']) ?? 10,
        signing: task['returnInSigning'] === 'mine' ? 'mine' : 'all',
      },
    };
  }

  private operations(path: Path, names: Scope): Partial<UserTaskContent> {
    const { context } = this;
    const task = mapOf(context.report.document.at(path));
    const urgeEvery = context.timing(names).duration([...path, 'urgeEvery']);
    const places = listOf(task['mayAddSigners']).flatMap((place) =>
      (['before', 'beside', 'after'] as const).filter((one) => one === place),
    );
    return {
      ...(places.length === 0 ? {} : { mayAddSigners: places }),
      ...(task['withdraw'] === undefined ? {} : { withdraw: 'untilNextBegun' }),
      ...(task['copy'] === undefined
        ? {}
        : { copy: { roles: context.roles([...path, 'copy', 'roles']), users: context.users([...path, 'copy', 'users'], names) } }),
      ...(urgeEvery === undefined ? {} : { urgeEvery }),
      ...(typeof task['mayDelegate'] === 'boolean' ? { mayDelegate: task['mayDelegate'] } : {}),
      ...(typeof task['mayTransfer'] === 'boolean' ? { mayTransfer: task['mayTransfer'] } : {}),
    };
  }
}
