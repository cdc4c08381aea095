import { adHocRule } from './ad-hoc';
import type { Draft } from './draft';
import type { Refusal } from './events';
import type { Token, UserTask } from './instance-state';

/** The critical section that the activity at a token belongs to: the one that it names, or that of a sequential ad-hoc sub-process. */
export function sectionOf(draft: Draft, token: Token): string | undefined {
  const node = draft.node(token);
  if ('mutex' in node && node.mutex !== undefined) return node.mutex;
  const scope = draft.scope(token.scope);
  return adHocRule(draft, scope)?.ordering === 'sequential' ? `${scope.node}#${scope.id}` : undefined;
}

/** The token that holds a critical section of the case, other than one of its own. */
function holderOf(draft: Draft, section: string, except: string): Token | undefined {
  return Object.values(draft.state.tokens).find(({ id, holds }) => holds === section && id !== except);
}

/** Takes a critical section for a token; returns whether it has it now. */
export function enterSection(draft: Draft, token: Token, section: string): boolean {
  if (holderOf(draft, section, token.id) !== undefined) return false;
  draft.change(token.id, { holds: section });
  return true;
}

/** A user task is offered whoever holds the section; who takes it up takes the section. */
export function takeSection(draft: Draft, task: UserTask): Refusal | undefined {
  const token = draft.living(task.token);
  const section = sectionOf(draft, token);
  if (section === undefined || enterSection(draft, token, section)) return undefined;
  const holder = holderOf(draft, section, token.id);
  return {
    code: 'task-locked',
    message: `task "${task.node}" has to wait: "${holder?.node}" is at work, and they exclude each other`,
    details: { holder: holder?.node ?? null },
  };
}

/** Gives back the section of a user task that nobody works on any more. */
export function giveSectionBack(draft: Draft, task: UserTask): void {
  if (draft.living(task.token).holds !== undefined) draft.unmark(task.token, 'holds');
}

/** Lets those of locked tokens go on whose section is free now; returns whether there was one. */
export function wakeLocked(draft: Draft, locked: readonly Token[]): boolean {
  const woken = new Set<string>();
  for (const token of locked) {
    const section = sectionOf(draft, token);
    if (section === undefined || woken.has(section) || holderOf(draft, section, token.id) !== undefined) continue;
    woken.add(section);
    draft.schedule(token);
  }
  return woken.size > 0;
}
