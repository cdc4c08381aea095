import type { CompiledDealership } from '../../engine/compile/deployment';
import type { Expectation, Scenario } from '../../engine/language/scenario';
import type { Path } from '../../engine/language/source-document';
import type { ApiClient } from './api-client';

/** Why a scenario cannot be run on a server, and at which of its lines that stands. */
export interface Skip {
  line: number;
  reason: string;
  /** No scenario of its dealership can be run. */
  everywhere?: true;
}

const needsVirtualTime = 'the server has no virtual time: start it with NEIQIN_VIRTUAL_TIME=1';

/** What the API of a server does not offer of a scenario; undefined where it offers all of it. */
export async function skipOf(
  scenario: Scenario,
  dealership: CompiledDealership,
  api: ApiClient,
  virtualTime: boolean,
): Promise<Skip | undefined> {
  const at = (path: Path, reason: string): Skip => ({ line: scenario.placeOf(path).line, reason });
  if (!virtualTime) {
    const start = startReason(scenario, dealership);
    if (start !== undefined) return at(['process'], start);
    for (const { action, path } of scenario.steps) {
      if (action.kind === 'advance' || action.kind === 'advanceTo' || action.kind === 'fireTimer')
        return at(path, `the clock cannot be moved; ${needsVirtualTime}`);
      if (action.kind === 'expect' && namesTimes(action.expectation))
        return at(path, `the case begins now, so nothing is due when it says; ${needsVirtualTime}`);
      if (action.kind === 'answer') return at(path, `the connector is really called; ${needsVirtualTime}`);
    }
  }
  const silent = silentStep(scenario, dealership);
  if (silent !== undefined) return at(silent, 'the API does not tell how often gateways, starts and ends were passed');
  const aged = agedMessage(scenario);
  if (aged !== undefined) return at(aged, 'kept messages live by the clock of the server, which no scenario moves');
  for (const { user, path } of peopleIn(scenario, dealership, virtualTime)) {
    if (!(await api.knows(user))) return at(path, `"${user}" cannot log in: the server has no such account, or with another password`);
  }
  return undefined;
}

function startReason({ process, variables, trigger, evaluate }: Scenario, dealership: CompiledDealership): string | undefined {
  if (trigger !== undefined || evaluate !== undefined) return `an event cannot be given to a start by hand; ${needsVirtualTime}`;
  const startForm = dealership.processes[process]?.model.startForm;
  if (startForm === undefined) return `the process has no start form; ${needsVirtualTime}`;
  const { result } = startForm;
  const others = Object.keys(variables).filter((name) => result !== undefined && name !== result);
  return others.length === 0 ? undefined : `the start form does not give "${others[0]}"; ${needsVirtualTime}`;
}

/** Where something is counted that leaves no record. */
function silentStep({ steps }: Scenario, { processes }: CompiledDealership): Path | undefined {
  const nodes = Object.values(processes).map(({ model }) => model.nodes);
  const isSilent = (id: string): boolean =>
    nodes.some(({ [id]: node }) => node !== undefined && (node.kind.endsWith('Gateway') || ['startEvent', 'endEvent'].includes(node.kind)));
  return steps.flatMap(({ action, path }) => {
    const [id] = action.kind === 'expect' ? Object.keys(action.expectation.ran ?? {}).filter(isSilent) : [];
    return id === undefined ? [] : [[...path, 'expect', 'ran', id]];
  })[0];
}

function namesTimes({ due, awaits = [] }: Expectation): boolean {
  return due !== undefined || awaits.some(({ at }) => at !== undefined);
}

/** The step that lets a kept message grow too old. */
function agedMessage({ steps, atMs }: Scenario): Path | undefined {
  let least = Number.POSITIVE_INFINITY;
  let nowMs = 0;
  for (const { action, path } of steps) {
    if (action.kind === 'message' && action.timeToLiveMs > 0) least = Math.min(least, nowMs + action.timeToLiveMs);
    if (action.kind === 'advance') nowMs += action.ms;
    if (action.kind === 'advanceTo') nowMs = action.atMs - atMs;
    if (nowMs >= least) return path;
  }
  return undefined;
}

function peopleIn(scenario: Scenario, dealership: CompiledDealership, virtualTime: boolean): { user: string; path: Path }[] {
  const roles = dealership.processes[scenario.process]?.model.startForm?.roles ?? [];
  const starter = scenario.startedBy ?? roles.flatMap((role) => dealership.roles[role] ?? [])[0];
  const people: { user: string; path: Path }[] = virtualTime || starter === undefined ? [] : [{ user: starter, path: ['process'] }];
  for (const { action, path } of scenario.steps) {
    if ('as' in action && action.as !== undefined && action.as !== 'system') people.push({ user: action.as, path: [...path, 'as'] });
    if ('for' in action && action.for !== undefined) people.push({ user: action.for, path: [...path, 'for'] });
  }
  return people.filter(({ user }, index) => people.findIndex((other) => other.user === user) === index);
}
