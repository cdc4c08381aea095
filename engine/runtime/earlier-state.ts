import type { InstanceState, ScopeInstance, Subscription, Timer, Token } from './instance-state';

/** What the first version of the engine wrote otherwise than today. */
interface EarlierState {
  scopes: Record<string, Omit<ScopeInstance, 'kind'>>;
  tokens: Record<string, Omit<Token, 'conditions'> & { conditions?: string[] }>;
  timers: Record<string, Omit<Timer, 'purpose'> & { purpose: Timer['purpose'] | { kind: 'boundary'; node: string } }>;
  subscriptions: Record<string, Subscription & { boundary?: string }>;
}

function mapped<From, To>(table: Record<string, From>, change: (entity: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(table).map(([id, entity]) => [id, change(entity)]));
}

/** A scope of the first version does not say of which kind it is: there was one kind. */
function isEarlier(state: InstanceState): boolean {
  for (const id in state.scopes) return state.scopes[id]?.kind === undefined;
  return false;
}

/**
 * A state in the form of today. One that the first version of the engine wrote has no kinds of scopes, and knows boundary events where there are
 * events of several kinds now. Costs nothing where the state is of today.
 */
export function currentState(state: InstanceState): InstanceState {
  const isWhole = state.signings !== undefined && state.done !== undefined && state.undoables !== undefined;
  const earlierScopes = isEarlier(state);
  if (isWhole && !earlierScopes) return state;
  const tables = { signings: state.signings ?? {}, done: state.done ?? {}, undoables: state.undoables ?? {} };
  if (!earlierScopes) return { ...state, ...tables };
  const earlier = state as unknown as EarlierState;
  return {
    ...state,
    ...tables,
    scopes: mapped(earlier.scopes, (scope): ScopeInstance => ({ ...scope, kind: 'process' })),
    tokens: mapped(earlier.tokens, ({ conditions, ...token }): Token => {
      if (conditions === undefined) return token;
      return { ...token, conditions: Object.fromEntries(conditions.map((id) => [id, false])) };
    }),
    timers: mapped(earlier.timers, (timer): Timer => {
      const { purpose } = timer;
      return { ...timer, purpose: purpose.kind === 'boundary' ? { kind: 'event', node: purpose.node } : purpose };
    }),
    subscriptions: mapped(earlier.subscriptions, ({ boundary, ...subscription }): Subscription => {
      return boundary === undefined ? subscription : { ...subscription, event: boundary };
    }),
  };
}
