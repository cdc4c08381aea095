import { currentState } from './earlier-state';
import type { InstanceState } from './instance-state';

const earlier = {
  scopes: { '1': { id: '1', instanceKey: 'case', variables: {} } },
  tokens: { '2': { id: '2', scope: '1', node: 'a', status: 'waiting', conditions: ['late'] }, '3': { id: '3' } },
  timers: {
    '4': { id: '4', dueAtMs: 1, token: '2', purpose: { kind: 'boundary', node: 'late' } },
    '5': { id: '5', dueAtMs: 1, token: '2', purpose: { kind: 'catch' } },
  },
  subscriptions: { '6': { id: '6', token: '2', boundary: 'told' }, '7': { id: '7', token: '3' } },
} as unknown as InstanceState;

describe('a state of the first version', () => {
  it('gets the kinds and tables of today, and stays itself as it was', () => {
    const before = JSON.stringify(earlier);
    expect(currentState(earlier)).toEqual({
      signings: {},
      done: {},
      undoables: {},
      scopes: { '1': { id: '1', kind: 'process', instanceKey: 'case', variables: {} } },
      tokens: { '2': { id: '2', scope: '1', node: 'a', status: 'waiting', conditions: { late: false } }, '3': { id: '3' } },
      timers: {
        '4': { id: '4', dueAtMs: 1, token: '2', purpose: { kind: 'event', node: 'late' } },
        '5': { id: '5', dueAtMs: 1, token: '2', purpose: { kind: 'catch' } },
      },
      subscriptions: { '6': { id: '6', token: '2', event: 'told' }, '7': { id: '7', token: '3' } },
    });
    expect(JSON.stringify(earlier)).toBe(before);
  });

  it('of today keeps its tables', () => {
    const now = currentState(earlier);
    expect(currentState(now)).toEqual(now);
    expect(currentState(now).tokens).toBe(now.tokens);
  });
});
