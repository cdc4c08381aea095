import type { Json, JsonObject } from '../json';
import { type Draft, Stop } from './draft';
import type { Signer, Signing, Token } from './instance-state';
import { LIMITS } from './limits';
import type { SigningRule, UserTaskNode } from './process-model';
import { type Candidates, type Closer, finishTask, noteDone, openTask, recordClosed, taskNode } from './user-task';
import { withdrawTasks } from './withdraw';

/** A task without a rule that people added signers to: everybody has to agree, and a disagreement decides. */
const PLAIN: SigningRule = { mode: 'all', early: true, tie: 'disagree', samePerson: 'each' };

/** The outcome that neither agrees nor disagrees. */
const ABSTAIN = 'abstain';

/** Opens a task that several people sign: each user and each role of its candidates is one signer. */
export function openSigning(draft: Draft, token: Token, node: UserTaskNode, who: Candidates, due: number | null): void {
  const rule = node.signing as SigningRule;
  const users = who.users.filter((user) => !who.excluded.includes(user));
  const total = users.length + who.roles.length;
  if (total > LIMITS.signers)
    throw new Stop('too-many-instances', `task "${node.id}" would have ${total} signers, more than ${LIMITS.signers}`);
  const signers: Signer[] = [];
  // in the order of the definition: roles first, as they stand first
  for (const one of [...who.roles.map((role) => ({ role, user: null })), ...users.map((user) => ({ role: null, user }))]) {
    const before = rule.mode === 'sequential' ? signers.at(-1) : undefined;
    const weight = rule.weights?.[one.role ?? one.user ?? ''] ?? 1;
    signers.push({ id: draft.newId(), ...one, weight, state: 'waiting', after: before === undefined ? [] : [before.id], original: true });
  }
  const { excluded } = who;
  const signing: Signing = { id: draft.newId(), token: token.id, scope: token.scope, node: node.id, dueAtMs: due, excluded, signers };
  draft.put('signings', signing);
  openSigners(draft, signing.id);
}

/** Opens the tasks of the signers who need not wait for anybody any more. */
export function openSigners(draft: Draft, signingId: string): void {
  for (const signer of signingOf(draft, signingId).signers) {
    const signing = signingOf(draft, signingId);
    if (signer.state !== 'waiting' || signer.detoured === true || !signer.after.every((id) => isThrough(signing, id))) continue;
    setSigner(draft, signingId, signer.id, { state: 'open' });
    const who: Candidates = {
      roles: signer.groups ?? (signer.role === null ? [] : [signer.role]),
      users: signer.users ?? (signer.user === null ? [] : [signer.user]),
      excluded: signing.excluded,
    };
    openTask(draft, { id: signing.token, scope: signing.scope }, taskNode(draft, signing), who, signing.dueAtMs, {
      signing: signingId,
      signer: signer.id,
    });
  }
}

function isThrough(signing: Signing, signerId: string): boolean {
  const state = signing.signers.find(({ id }) => id === signerId)?.state;
  return state === 'signed' || state === 'removed';
}

export function signingOf(draft: Draft, id: string): Signing {
  const signing = draft.state.signings[id];
  if (signing === undefined) throw new Error(`invariant: there is no signing "${id}"`);
  return signing;
}

export function setSigner(draft: Draft, signingId: string, signerId: string, part: Partial<Signer>): void {
  const signing = signingOf(draft, signingId);
  draft.put('signings', { ...signing, signers: signing.signers.map((one) => (one.id === signerId ? { ...one, ...part } : one)) });
}

/** Counts a signature; decides where the result is certain, else opens whoever comes next. */
export function sign(draft: Draft, signingId: string, signerId: string, by: Closer, outcome: string | null, data: JsonObject): void {
  const signature = { state: 'signed', by: by.user, outcome, data, atMs: draft.nowMs } as const;
  setSigner(draft, signingId, signerId, signature);
  const rule = ruleOf(draft, signingOf(draft, signingId));
  if (rule.samePerson === 'once') signForAll(draft, signingId, by, signature);
  proceed(draft, signingId);
}

/** One signature of a person counts wherever that person would sign. */
function signForAll(draft: Draft, signingId: string, by: Closer, signature: Pick<Signer, 'outcome' | 'data' | 'atMs' | 'by'>): void {
  for (const signer of signingOf(draft, signingId).signers) {
    const same = signer.user === by.user || (signer.role !== null && (by.roles ?? []).includes(signer.role));
    if (!same || (signer.state !== 'open' && signer.state !== 'waiting')) continue;
    const task = Object.values(draft.state.tasks).find((one) => one.signing === signingId && one.signer === signer.id);
    if (task !== undefined) recordClosed(draft, task, by, signature.outcome ?? null, {});
    setSigner(draft, signingId, signer.id, { state: 'signed', ...signature });
  }
}

/** Decides a signing where that is possible, else opens the next signers. */
export function proceed(draft: Draft, signingId: string): void {
  const signing = signingOf(draft, signingId);
  const decision = decide(ruleOf(draft, signing), signing.signers, outcomesOf(draft, signing));
  if (decision === undefined) openSigners(draft, signingId);
  else finishSigning(draft, signing, decision);
}

function ruleOf(draft: Draft, signing: Signing): SigningRule {
  return taskNode(draft, signing).signing ?? PLAIN;
}

function outcomesOf(draft: Draft, signing: Signing): string[] {
  return taskNode(draft, signing).outcomes.map(({ id }) => id);
}

interface Decision {
  outcome: string | null;
  /** Whose data become the result's. */
  decider: Signer | undefined;
}

/**
 * What a signing gives, where it is certain. The first outcome agrees, `abstain` is neither, every other one disagrees.
 *
 * @param outcomes of the task, in order; none: every signature agrees
 */
function decide(rule: SigningRule, all: readonly Signer[], outcomes: readonly string[]): Decision | undefined {
  const signers = all.filter(({ state }) => state !== 'removed');
  const signed = signers.filter(({ state }) => state === 'signed').sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
  const agreement = outcomes[0] ?? null;
  const agreed = signed.filter(({ outcome = null }) => outcome === agreement);
  const against = signed.filter(({ outcome = null }) => outcome !== agreement && outcome !== ABSTAIN);
  const complete = signed.length === signers.length;
  const lastOriginal = agreed.filter(({ original }) => original).at(-1);
  const agree = { outcome: agreement, decider: lastOriginal ?? agreed.at(-1) };
  const disagree = disagreement(against, outcomes);
  if (rule.mode === 'any') return signed[0] === undefined ? undefined : { outcome: signed[0].outcome ?? null, decider: signed[0] };
  const veto = against.find(({ user, role }) => (rule.veto ?? []).some((name) => name === user || name === role));
  if (veto !== undefined) return { outcome: veto.outcome ?? null, decider: veto };
  if (rule.mode === 'vote') return vote(rule, signers, agreed, against, { agree, disagree, complete });
  if (against.length > 0 && (rule.early || rule.mode === 'sequential' || complete)) return disagree;
  if (!complete) return undefined;
  return agreed.length > 0 ? agree : { outcome: outcomes.includes(ABSTAIN) ? ABSTAIN : agreement, decider: signed.at(-1) };
}

/** The outcome of most weight among those that disagree; of equal ones the first of the definition. */
function disagreement(against: readonly Signer[], outcomes: readonly string[]): Decision {
  const weightOf = (id: string | null) => weight(against.filter(({ outcome = null }) => outcome === id));
  const candidates = outcomes.slice(1).filter((id) => id !== ABSTAIN);
  const outcome = candidates.reduce<string | null>((best, id) => (best === null || weightOf(id) > weightOf(best) ? id : best), null);
  return { outcome: outcome ?? outcomes[0] ?? null, decider: against.find((one) => one.outcome === outcome) };
}

function weight(signers: readonly Signer[]): number {
  return signers.reduce((sum, signer) => sum + signer.weight, 0);
}

function vote(
  rule: SigningRule,
  signers: readonly Signer[],
  agreed: readonly Signer[],
  against: readonly Signer[],
  ways: { agree: Decision; disagree: Decision; complete: boolean },
): Decision | undefined {
  const [numerator, denominator] = fraction(rule.share ?? '0.5');
  const yes = weight(agreed);
  const no = weight(against);
  const total = weight(signers);
  const open = weight(signers.filter(({ state }) => state !== 'signed'));
  const of = rule.of === 'votes' ? yes + no + open : total;
  // compared as whole numbers: yes / of >= numerator / denominator
  const reaches = (agreeing: number, base: number) => {
    const [left, right] = [agreeing * denominator, base * numerator];
    return left > right || (left === right && base > 0 && (numerator * 2 !== denominator || rule.tie === 'agree'));
  };
  if (ways.complete) return reaches(yes, of) ? ways.agree : ways.disagree;
  if (!rule.early) return undefined;
  // at worst all who are left disagree, at best all agree; with `votes` abstentions can only make the base smaller
  if (reaches(yes, of)) return ways.agree;
  return reaches(yes + open, of) ? undefined : ways.disagree;
}

/** A share such as "0.6" as a fraction of whole numbers. */
function fraction(share: string): [numerator: number, denominator: number] {
  const [whole = '0', decimals = ''] = share.split('.');
  return [Number(`${whole}${decimals}`), 10 ** decimals.length];
}

function finishSigning(draft: Draft, signing: Signing, { outcome, decider }: Decision): void {
  const signed = signing.signers.filter(({ state }) => state === 'signed');
  const agreed = weight(signed.filter((one) => (one.outcome ?? null) === (outcomesOf(draft, signing)[0] ?? null)));
  const all = weight(signing.signers.filter(({ state }) => state !== 'removed'));
  draft.record(signing.scope, signing.node, { type: 'signingDecided', outcome, agreed, weight: all });
  withdrawTasks(draft, signing.token);
  const node = taskNode(draft, signing);
  const signatures: Json[] = signed.map((one) => ({
    signer: one.role ?? one.user ?? one.by ?? null,
    by: one.by ?? null,
    outcome: one.outcome ?? null,
    data: one.data ?? {},
  }));
  const result = { ...decider?.data, ...(node.outcomes.length > 0 ? { outcome } : {}), signatures };
  // the step as a whole was done by whoever decided it
  const task = { id: signing.id, key: draft.publicKey(signing.id), token: signing.token, scope: signing.scope, node: signing.node };
  noteDone(draft, task, { user: decider?.by ?? signed.at(-1)?.by ?? 'system' }, outcome, false);
  finishTask(draft, task, result);
}
