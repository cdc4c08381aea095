import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { titleOf } from './activities';
import type { NodeDraft } from './graph';
import { type BranchKind, entryOf, listOf, mapOf, numberOf, type StepDocument, stepsOf, terminateOf } from './step-document';
import type { StepFlow } from './step-flow';

/** A step with branches on its way into gateways. */
interface Branching {
  flow: StepFlow;
  step: StepDocument;
  path: Path;
  branches: { branch: JsonObject; id: string; path: Path }[];
}

/** Compiles a step with branches: a gateway, its branches, and where they have to meet a gateway that joins them. */
export function compileBranches(flow: StepFlow, step: StepDocument, path: Path, kind: BranchKind, target: string): void {
  const branches = listOf(step[kind])
    .map(mapOf)
    .map((branch, index) => ({ branch, id: String(branch['id']), path: [...path, kind, index] }));
  const branching: Branching = { flow, step, path: [...path, kind], branches };
  if (kind === 'exclusive') exclusive(branching, target);
  else if (kind === 'eventBased') eventBased(branching, target);
  else forked(branching, kind, target);
}

function exclusive(branching: Branching, target: string): void {
  const { flow, step } = branching;
  const defaultFlow = defaultOf(branching);
  flow.add({ id: step.id, ...titleOf(step), kind: 'exclusiveGateway', ...(defaultFlow === undefined ? {} : { defaultFlow }) });
  for (const { branch, id, path } of branching.branches) {
    const condition = conditionAt(branching, branch, path);
    const continuation = flow.jump(branch, path) ?? target;
    flow.graph.addFlow(id, step.id, entryOf(stepsOf(branch['do']), continuation), condition);
    flow.list([...path, 'do'], continuation);
  }
}

/** The first of the events to happen is taken; each stands in a node of its own. */
function eventBased({ flow, step, branches }: Branching, target: string): void {
  flow.add({ id: step.id, ...titleOf(step), kind: 'eventBasedGateway' });
  for (const { branch, id, path } of branches) {
    const continuation = flow.jump(branch, path) ?? target;
    flow.add(flow.caught(branch, id, path));
    flow.graph.addFlow(id, step.id, id);
    flow.graph.addFlow(`${id}.next`, id, entryOf(stepsOf(branch['do']), continuation));
    flow.list([...path, 'do'], continuation);
  }
}

/** Fork and join. Each branch comes to the join by one flow, so that a token of each is awaited, neither more nor less. */
function forked(branching: Branching, kind: 'parallel' | 'inclusive', target: string): void {
  const { flow, step, branches } = branching;
  const join = `${step.id}.join`;
  const defaultFlow = kind === 'inclusive' ? defaultOf(branching) : undefined;
  const head = { id: step.id, ...titleOf(step) };
  flow.addSplit(
    kind === 'parallel'
      ? { ...head, kind: 'parallelGateway' }
      : { ...head, kind: 'inclusiveGateway', ...(defaultFlow === undefined ? {} : { defaultFlow }) },
  );
  let arriving = 0;
  for (const { branch, id, path } of branches) {
    const merge = `${id}.merge`;
    const condition = conditionAt(branching, branch, path);
    flow.graph.addFlow(id, step.id, entryOf(stepsOf(branch['do']), merge), condition);
    flow.list([...path, 'do'], merge);
    const ways = flow.gather(merge, join);
    if (ways > 0) arriving += 1;
    else if (kind === 'parallel' && !endsEverything(branch)) refuseLostBranch(branching, path);
  }
  if (arriving === 0) return;
  flow.add(joinOf(branching, kind, join, arriving));
  flow.graph.addFlow(`${join}.next`, join, target);
}

function joinOf({ flow, step, path }: Branching, kind: 'parallel' | 'inclusive', id: string, arriving: number): NodeDraft {
  const rule = mapOf(step['join']);
  const need = numberOf(rule['need']);
  if (need === undefined) return { id, kind: kind === 'parallel' ? 'parallelGateway' : 'inclusiveGateway' };
  if (need > arriving) {
    const message = `${need} branches are to come to the join, and only ${arriving} ${arriving === 1 ? 'leads' : 'lead'} there`;
    const at = [...path.slice(0, -1), 'join', 'need'];
    flow.context.report.at(at, { rule: 'join-need', message, remedy: `write ${arriving} or less` });
  }
  const rest = rule['rest'] === 'block' || rule['rest'] === 'cancel' ? rule['rest'] : 'ignore';
  return { id, kind: 'complexGateway', need, of: arriving, rest };
}

function conditionAt({ flow }: Branching, branch: JsonObject, path: Path) {
  return branch['when'] === undefined ? undefined : flow.context.expressions(flow.container.scope).condition([...path, 'when']);
}

/** The branch for all other cases. Of inclusive branches one without a condition is always taken, so that none is needed. */
function defaultOf({ flow, step, branches, path }: Branching): string | undefined {
  const defaults = branches.filter(({ branch }) => branch['default'] === true).map(({ id }) => id);
  const { report } = flow.context;
  if (defaults.length > 1) {
    const message = 'more than one branch is the default';
    report.at(path, { rule: 'one-default', message, remedy: 'keep "default: true" at one of them' }, 'key');
  }
  if (defaults.length === 0 && branches.every(({ branch }) => branch['when'] !== undefined)) {
    const message = `no branch of ${quoted(step.id)} is taken where none of their conditions is true`;
    const remedy = 'make one of them the default: write "default: true" in place of its "when"';
    report.at(path, { rule: 'no-default', severity: 'warning', message, remedy }, 'key');
  }
  return defaults[0];
}

function refuseLostBranch({ flow }: Branching, path: Path): void {
  const message = 'this branch never comes to its end, so that the others would wait for it for ever';
  flow.context.report.at(path, {
    rule: 'branch-never-joins',
    message,
    remedy: 'let it run to its end, and decide after the parallel step',
  });
}

/** True where the last step of a branch ends everything, or throws what ends it. */
function endsEverything(branch: JsonObject): boolean {
  const last = stepsOf(branch['do']).at(-1);
  if (last === undefined) return false;
  return terminateOf(last) !== false || last['cancel'] === true || mapOf(last['throw'])['error'] !== undefined;
}
