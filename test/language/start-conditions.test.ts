import type { JsonObject } from '../../engine/json';
import type { ModelClosure } from '../../engine/runtime/process-model';
import { askStartConditions, variablesAtStart } from '../../engine/runtime/start-conditions';
import { modelOfProcess } from './compile-steps';

const closureOf = (
  starts: string,
  more = 'variables: { amount: { type: number }, limit: { type: number, default: 100 } }',
): ModelClosure => ({
  root: 'r',
  processes: { example: 'r' },
  models: { r: modelOfProcess(`process: example\n${more}\nstart: [${starts}]\nsteps: [{ id: a, waitFor: =true }]\n`) },
  settings: { transport: { carriers: [{}] } },
  settingsType: { kind: 'any' },
  timezone: 'Asia/Shanghai',
});
const ask = (starts: string, variables: JsonObject, more?: string) =>
  askStartConditions(closureOf(starts, more), variables, 0).map(({ node, holds, failure }) => [node, failure?.code ?? holds]);

describe('asking the conditions of starts', () => {
  it('[L2.2] each is asked over what is handed in, the defaults of the rest, and settings', () => {
    const starts =
      '{ id: big, condition: =amount > limit }, { id: open, signal: s }, { id: dear, condition: =count(settings.transport.carriers) = 1 }';
    expect(ask(starts, { amount: 101 })).toEqual([
      ['big', true],
      ['dear', true],
    ]);
    expect(ask(starts, { amount: 101, limit: 200 })[0]).toEqual(['big', false]);
  });

  it('[L2.2] null does not hold, and a value of another type is a failure', () => {
    expect(ask('{ id: big, condition: =amount > limit }', {})).toEqual([['big', false]]);
    expect(ask('{ id: big, condition: =amount > limit }', { amount: null })).toEqual([['big', false]]);
    expect(ask('{ id: odd, condition: =any.thing }', { any: { thing: 'yes' } }, 'variables: { any: {} }')).toEqual([
      ['odd', 'expression-failed'],
    ]);
  });

  it('[L2.2] what is handed in goes to the variables of its names, to every name where all are variables, or to the result', () => {
    const model = (...given: Parameters<typeof closureOf>) => closureOf(...given).models['r'] as ModelClosure['models'][string];
    const came = { amount: 1, other: 2 };
    expect(variablesAtStart(model('{ id: s, condition: =amount > 1 }'), 's', came).initial).toEqual({ amount: 1 });
    expect(variablesAtStart(model('{ id: s, condition: =amount > 1 }', 'additionalVariables: true'), 's', came).initial).toEqual(came);
    const kept = variablesAtStart(model('{ id: s, condition: =told.amount > 1, result: told }', 'title: x'), 's', came);
    expect(kept).toEqual({ initial: {}, seen: { told: came } });
    expect(ask('{ id: s, condition: =told.amount > 0, result: told }', came, 'title: x')).toEqual([['s', true]]);
  });
});
