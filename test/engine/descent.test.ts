import type { BareNode } from './graph';
import { begin, graph, openSteps, parallel, service, task } from './graph';
import { AGAIN, ANNA, anybody, BEN, complete, keyOf, refusedWith } from './people';

const work = (id: string, to: string[] = []): BareNode =>
  task({ result: id, assign: anybody, withdraw: 'untilNextBegun', ...(to.length === 0 ? {} : { return: { ...AGAIN, to } }) });

/** Two branches, of which the left one forks again; the joins come one after the other. */
const nested = () =>
  begin(
    graph(
      'p',
      `start -> write
       write -> fork
       fork -> inner
       fork -> right
       inner -> a
       inner -> b
       a -> innerJoin
       b -> innerJoin
       innerJoin -> join
       right -> join
       join -> last
       last -> end`,
      {
        write: work('write'),
        fork: parallel(),
        inner: parallel(),
        a: work('a'),
        b: work('b'),
        innerJoin: parallel(),
        right: work('right'),
        join: parallel(),
        last: work('last', ['write', 'a', 'right']),
      },
    ),
  );

describe('[L17.4] returning through joins', () => {
  const back = (simulator: ReturnType<typeof nested>, target: string) =>
    simulator.apply({ type: 'returnTask', actor: ANNA, taskKey: keyOf(simulator, 'last'), target, reason: null })?.code;
  const all = (simulator: ReturnType<typeof nested>) => {
    for (const step of ['write', 'a', 'b', 'right']) complete(simulator, step, BEN);
    return simulator;
  };

  it.each([
    ['a', ['a']],
    ['right', ['right']],
    ['write', ['write']],
  ])('to "%s": the other branches wait at their joins again', (target, open) => {
    const simulator = all(nested());
    expect(openSteps(simulator)).toEqual(['last']);
    expect(back(simulator, target)).toBeUndefined();
    expect(openSteps(simulator)).toEqual(open);
    for (const step of target === 'write' ? ['write', 'b', 'a', 'right'] : open) complete(simulator, step, BEN);
    expect(openSteps(simulator)).toEqual(['last']);
    complete(simulator, 'last', BEN);
    expect(simulator.state).toMatchObject({ status: 'completed', tokens: {} });
  });

  it('again and again, from one branch to the other', () => {
    const simulator = all(nested());
    for (const target of ['a', 'right', 'a']) {
      expect(back(simulator, target)).toBeUndefined();
      complete(simulator, target, BEN);
      expect(openSteps(simulator)).toEqual(['last']);
    }
    complete(simulator, 'last', BEN);
    expect(simulator.state.status).toBe('completed');
  });
});

describe('[L17.5] taking back through joins', () => {
  const takeBack = (taskKey: string) => ({ type: 'withdrawTask', actor: BEN, taskKey, draftedTaskKeys: [] as string[] }) as const;

  it('gives the task back, and the others wait at the join again', () => {
    const simulator = nested();
    for (const step of ['write', 'a', 'right']) complete(simulator, step, BEN);
    const key = keyOf(simulator, 'b');
    complete(simulator, 'b', BEN);
    expect(openSteps(simulator)).toEqual(['last']);
    expect(simulator.apply(takeBack(key))).toBeUndefined();
    expect(openSteps(simulator)).toEqual(['b']);
    complete(simulator, 'b', BEN);
    complete(simulator, 'last', BEN);
    expect(simulator.state).toMatchObject({ status: 'completed', tokens: {} });
  });

  it('is refused once a connector was called on the way, though not for one of another branch', () => {
    const run = (lines: string) =>
      begin(graph('p', lines, { fork: parallel(), a: work('a'), b: work('b'), call: service(), join: parallel(), last: work('last') }));
    const own = run('start -> fork\nfork -> a\nfork -> b\na -> join\nb -> call\ncall -> join\njoin -> last\nlast -> end');
    const other = run('start -> fork\nfork -> a\nfork -> b\na -> call\ncall -> join\nb -> join\njoin -> last\nlast -> end');
    for (const simulator of [own, other]) {
      const key = keyOf(simulator, 'b');
      complete(simulator, 'b', BEN);
      complete(simulator, 'a', BEN);
      simulator.answer([...simulator.pending.keys()][0] as string, 'done');
      expect(openSteps(simulator)).toEqual(['last']);
      if (simulator === own) expect(refusedWith(simulator, takeBack(key))).toBe('next-has-begun');
      else expect(simulator.apply(takeBack(key))).toBeUndefined();
    }
    expect(openSteps(other)).toEqual(['b']);
  });
});
