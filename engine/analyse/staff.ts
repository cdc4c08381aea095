import type { CompiledDealership } from '../compile/deployment';
import type { Expression } from '../feel/expression';
import type { ProcessModel, UserTaskNode } from '../runtime/process-model';

/** A task over which four eyes have to be kept, with the people of one dealership. */
export interface FourEyes {
  task: UserTaskNode;
  /** Who may do it. */
  people: ReadonlySet<string>;
  /** For each step that somebody else must have done: its name, and who may do that. */
  others: { name: string; people: ReadonlySet<string> }[];
}

/** The tasks of a process with four eyes, as far as the people are known before a case. */
export function fourEyesOf(model: ProcessModel, dealership: CompiledDealership): FourEyes[] {
  return Object.values(model.nodes).flatMap((task) => {
    if (task.kind !== 'userTask') return [];
    const people = peopleOf(task, dealership);
    if (people === undefined) return [];
    const others = (task.assign.notSameAs ?? []).flatMap((name) => {
      const other = model.nodes[name];
      const able = other?.kind === 'userTask' ? peopleOf(other, dealership) : undefined;
      return able === undefined ? [] : [{ name, people: able }];
    });
    const { startForm } = model;
    if (startForm !== undefined && task.assign.exclude.some(isStarter)) {
      others.push({ name: 'start', people: withRoles(startForm.roles, dealership) });
    }
    return others.length === 0 ? [] : [{ task, people, others }];
  });
}

/** Whether somebody can do the task while each other step was done by somebody else; without the people who are absent. */
export function canKeep({ people, others }: FourEyes, absent?: string): boolean {
  return [...people].some(
    (one) => one !== absent && others.every((other) => [...other.people].some((did) => did !== one && did !== absent)),
  );
}

/** True where each step has somebody at all without the one who is absent: what is left is a question of four eyes. */
export function isStaffed({ people, others }: FourEyes, absent?: string): boolean {
  return [people, ...others.map((other) => other.people)].every((all) => [...all].some((one) => one !== absent));
}

function isStarter(expression: Expression): boolean {
  return expression.text.trim() === 'case.startedBy';
}

/** Everybody who may do a task; undefined where that depends on the case. */
function peopleOf({ assign }: UserTaskNode, dealership: CompiledDealership): ReadonlySet<string> | undefined {
  if (assign.users.some(({ reads, tree }) => reads.length > 0 || typeof tree !== 'string')) return undefined;
  return new Set([...withRoles(assign.roles, dealership), ...assign.users.map(({ tree }) => String(tree))]);
}

function withRoles(roles: readonly string[], { roles: staff }: CompiledDealership): Set<string> {
  return new Set(roles.flatMap((role) => staff[role] ?? []));
}
