import type { ProcessModel, SubProcessNode } from '../../engine/runtime/process-model';
import { findingsOf, flowsOf, modelOfProcess } from './compile-steps';

const graph = (nodes: string[], flows: string[] = [], more = '') =>
  `process: example\n${more}nodes:\n${nodes.map((node) => `  - ${node}\n`).join('')}flows: [${flows
    .map((flow) => {
      const [ends = '', when] = flow.split(' ? ');
      const [from, to] = ends.split(' -> ');
      return `{ from: ${from}, to: ${to}${when === undefined ? '' : `, when: '=${when}'`} }`;
    })
    .join(', ')}]\n`;
const modelOf = (...parts: Parameters<typeof graph>): ProcessModel => modelOfProcess(graph(...parts));
const told = (...parts: Parameters<typeof graph>) => findingsOf(graph(...parts)).map((line) => line.replace(/^1\.yaml:/u, ''));
const node = (model: ProcessModel, id: string) => model.nodes[id] as unknown as Record<string, unknown>;
const task = (id: string) => `{ id: ${id}, task: {} }`;

describe('nodes and flows', () => {
  it('[L15.1] tasks with several flows, loops, implicit ends', () => {
    const model = modelOf([task('a'), task('b'), task('c')], ['a -> b', 'b -> c', 'c -> b', 'a -> c']);
    expect(flowsOf(model)).toEqual(['a -a>b-> b', 'b -b>c-> c', 'c -c>b-> b', 'a -a>c-> c', 'start -start>a-> a']);
    expect(model.nodes['b']).toMatchObject({ incoming: ['a>b', 'c>b'], outgoing: ['b>c'] });
  });

  it('[L15.6] of several flows out of an exclusive gateway the first without a condition is its default', () => {
    const gateway = '{ id: x, exclusiveGateway: {} }';
    const flows = ['x -> a', 'x -> b ? 1 > 2'];
    expect(node(modelOf([gateway, task('a'), task('b')], flows), 'x')['defaultFlow']).toBe('x>a');
    expect(node(modelOf([gateway, task('a'), task('b')], ['x -> a', 'x -> b']), 'x')['defaultFlow']).toBe('x>a');
    expect(node(modelOf([gateway, task('a')], ['x -> a']), 'x')['defaultFlow']).toBeUndefined();
  });

  it('[L15.1] without a start event it begins at every node that nothing leads to', () => {
    const model = modelOf([task('start'), task('b'), task('c')], ['b -> c']);
    expect(model.start).toBe('start_');
    expect(model.nodes['start_']).toMatchObject({ kind: 'startEvent', outgoing: ['start_>start', 'start_>b'] });
  });

  it('[L15.1] ids with dots and hyphens give names with underscores', () => {
    const model = modelOf(
      ['{ id: a-1.x, userTask: { assign: { roles: [clerk] }, outcomes: [go, stop] } }', task('b')],
      ['a-1.x -> b ? a_1_x.outcome = "go"'],
    );
    expect(model.variables['a_1_x']?.type).toMatchObject({ kind: 'context' });
    expect(node(model, 'a-1.x')['result']).toBe('a_1_x');
    expect(model.flows['a-1.x>b']?.condition?.text).toBe('a_1_x.outcome = "go"');
  });

  it('[L15.2] activities keep what they hold, and a default flow', () => {
    const model = modelOf(
      ['{ id: a, scriptTask: { set: { n: 1 } }, forEach: { count: 2 }, mutex: m, default: a>c }', task('b'), task('c')],
      ['a -> b ? n > 1', 'a -> c'],
      'variables: { n: { type: number } }\n',
    );
    expect(node(model, 'a')).toMatchObject({ kind: 'scriptTask', loop: { kind: 'multiInstance' }, mutex: 'm', defaultFlow: 'a>c' });
  });

  it('[L15.3] starts by hand, by message and by the clock', () => {
    const model = modelOf(
      [
        '{ id: a, startEvent: { form: sales-order, roles: [clerk], result: order } }',
        '{ id: b, startEvent: { message: { name: m, key: =order.number } } }',
        '{ id: c, startEvent: { timer: { cycle: R/P1D } } }',
        task('w'),
      ],
      ['a -> w', 'b -> w', 'c -> w'],
    );
    expect(model).toMatchObject({
      start: 'a',
      triggeredStarts: ['b', 'c'],
      startForm: { form: 'sales-order', roles: ['clerk'], result: 'order' },
    });
    expect(modelOf(['{ id: b, startEvent: { signal: s } }', task('w')], ['b -> w']).start).toBeUndefined();
  });

  it('[L15.3] starts by a condition over variables and settings', () => {
    const parts = [['{ id: s, startEvent: { condition: "=stock < 3" } }', task('a')], ['s -> a']] as const;
    const declared = 'variables: { stock: { type: number } }\n';
    expect(modelOf([...parts[0]], [...parts[1]], declared)).toMatchObject({ triggeredStarts: ['s'] });
    expect(told([...parts[0]], [...parts[1]], declared)).toEqual([]);
    expect(told([...parts[0]], [...parts[1]])).toEqual([expect.stringContaining('error expression: there is no "stock" here')]);
  });

  it('[L15.3] of several starts without a trigger all begin', () => {
    const model = modelOf(['{ id: a, startEvent: {} }', '{ id: b, startEvent: {} }'], []);
    expect(model.nodes['start']?.outgoing).toEqual(['start>a', 'start>b']);
  });

  it('[L15.4] ends and events in the middle', () => {
    const model = modelOf(
      [
        '{ id: c, catchEvent: { message: { name: m }, result: got } }',
        '{ id: t, throwEvent: { link: far } }',
        '{ id: l, catchEvent: { link: far } }',
        '{ id: n, throwEvent: {} }',
        '{ id: x, endEvent: { name: sold, terminate: true, signal: done } }',
        '{ id: y, endEvent: { error: { code: bad } } }',
      ],
      ['c -> t', 'l -> n', 'n -> x', 'n -> y'],
    );
    expect(node(model, 'c')).toMatchObject({ trigger: { kind: 'message' }, result: 'got' });
    expect([node(model, 't')['throws'], node(model, 'l')['trigger']]).toEqual([
      { kind: 'link', name: 'far' },
      { kind: 'link', name: 'far' },
    ]);
    expect(node(model, 'n')).not.toHaveProperty('throws');
    expect(node(model, 'x')).toMatchObject({ name: 'sold', terminate: true, throws: { kind: 'signal', name: 'done' } });
    expect(node(model, 'y')).toMatchObject({ name: '', throws: { kind: 'error', code: 'bad' } });
    expect(model.nodes['start']?.outgoing).toEqual(['start>c']);
  });

  it('[L15.5] boundary events, and the handler of a compensation', () => {
    const model = modelOf([
      task('a'),
      '{ id: e, boundaryEvent: { attachedTo: a, escalation: {}, interrupting: false } }',
      '{ id: u, boundaryEvent: { attachedTo: a, compensation: { handler: h } } }',
      task('h'),
    ]);
    expect(node(model, 'a')).toMatchObject({ boundary: ['e'], compensation: 'h' });
    expect(node(model, 'e')).toMatchObject({ attachedTo: 'a', interrupting: false, trigger: { kind: 'escalation' } });
    expect(model.nodes).not.toHaveProperty('u');
    expect(node(model, 'h')).toMatchObject({ forCompensation: true });
    expect(model.nodes['start']?.outgoing).toEqual(['start>a']);
  });

  it('[L15.6] gateways and their defaults', () => {
    const model = modelOf(
      [
        '{ id: x, exclusiveGateway: { default: x>i } }',
        '{ id: i, inclusiveGateway: {} }',
        '{ id: c, complexGateway: { need: 2, rest: cancel } }',
        '{ id: e, eventBasedGateway: {} }',
        '{ id: r, receiveTask: { message: { name: m } } }',
        '{ id: p, parallelGateway: {} }',
      ],
      ['x -> i', 'x -> p ? n > 1', 'i -> c', 'p -> c', 'p -> e', 'e -> r', 'r -> c'],
      'variables: { n: { type: number } }\n',
    );
    expect(node(model, 'x')).toMatchObject({ kind: 'exclusiveGateway', defaultFlow: 'x>i' });
    expect(node(model, 'c')).toMatchObject({ kind: 'complexGateway', need: 2, of: 3, rest: 'cancel' });
    expect(node(model, 'e')).toMatchObject({ kind: 'eventBasedGateway', outgoing: ['e>r'] });
  });

  it('[L15.7] nodes that say where they are, wherever they stand', () => {
    const model = modelOf(
      [
        '{ id: deep, in: inner, scriptTask: { set: { own: 1, n: 2 } } }',
        '{ id: inner, in: outer, subProcess: { variables: { own: {} } } }',
        '{ id: outer, subProcess: { transaction: true } }',
        '{ id: first, in: outer, task: {} }',
        '{ id: off, in: outer, endEvent: { cancel: true } }',
      ],
      ['first -> inner', 'inner -> off'],
      'variables: { n: { type: number } }\n',
    );
    expect(['deep', 'inner', 'first', 'outer'].map((id) => model.nodes[id]?.parent)).toEqual(['inner', 'outer', 'outer', undefined]);
    expect(node(model, 'outer')).toMatchObject({ variant: 'transaction', entries: ['first'] });
    expect(node(model, 'inner')).toMatchObject({ entries: ['deep'], variables: { own: { type: { kind: 'any' } } } });
    expect(model.start).toBe('start');
  });

  it('[L15.7] event sub-processes and empty ones', () => {
    const model = modelOf(
      [
        task('a'),
        '{ id: ev, subProcess: { event: true } }',
        '{ id: s, in: ev, startEvent: { error: { code: bad }, result: failure } }',
        '{ id: none, subProcess: {} }',
      ],
      ['a -> none'],
    );
    expect(model.eventSubProcesses).toEqual(['ev']);
    expect(node(model, 'ev')).toMatchObject({ variant: 'event', entries: ['s'], variables: { failure: { type: { kind: 'any' } } } });
    expect(node(model, 's')).toMatchObject({ trigger: { kind: 'error', code: 'bad' }, interrupting: true, result: 'failure' });
    expect((model.nodes['none'] as SubProcessNode).entries).toEqual(['none.start']);
  });
});

describe('what a graph that BPMN does not know is told', () => {
  it.each([
    ['L15.1', 'a flow to nowhere', [task('a')], ['a -> b'], 'error unknown-node: there is no node "b"; '],
    ['L15.1', 'one id twice', [task('a'), task('a')], [], 'error duplicate-id: the id "a" is given twice, first in line 3'],
    ['L15.1', 'nothing that begins', [task('a'), task('b')], ['a -> b', 'b -> a'], 'error no-start: nothing begins here'],
    [
      'L15.8',
      'two flows with one id',
      [task('a'), task('b')],
      ['a -> b', 'a -> b'],
      'error duplicate-id: there are two flows with the id "a>b"',
    ],
    [
      'L15.8',
      'a flow to a start',
      ['{ id: s, startEvent: {} }', task('a')],
      ['s -> a', 'a -> s'],
      'error flow-not-allowed: an event at which a token begins',
    ],
    [
      'L15.8',
      'a flow out of an end',
      ['{ id: e, endEvent: {} }', task('a')],
      ['e -> a'],
      'error flow-not-allowed: a token ends here; delete the flow "e>a"',
    ],
    [
      'L15.8',
      'a flow into a sub-process',
      [task('a'), '{ id: s, subProcess: {} }', '{ id: i, in: s, task: {} }'],
      ['a -> i'],
      'error flow-between-scopes: the flow from "a" to "i" leaves or enters a sub-process',
    ],
    [
      'L15.8',
      'an event at a gateway',
      ['{ id: g, parallelGateway: {} }', '{ id: b, boundaryEvent: { attachedTo: g, error: {} } }'],
      [],
      'error wrong-step: "g" is not an activity of the same process or sub-process',
    ],
    [
      'L15.8',
      'a gateway that waits for nothing',
      ['{ id: g, eventBasedGateway: {} }', task('a')],
      ['g -> a'],
      'error event-target: nothing is awaited at "a"',
    ],
    [
      'L15.8',
      'a link to nowhere',
      ['{ id: t, throwEvent: { link: far } }', '{ id: l, catchEvent: { link: fat } }'],
      [],
      'error link-target: the link "far" leads nowhere; did you mean "fat"?',
    ],
    [
      'L15.8',
      'a link to two places',
      ['{ id: k, catchEvent: { link: x } }', '{ id: l, catchEvent: { link: x } }', task('a')],
      [],
      'error link-twice: there are two targets of the link "x"',
    ],
    [
      'L15.8',
      'two handlers of one activity',
      [
        task('a'),
        '{ id: b, boundaryEvent: { attachedTo: a, compensation: { handler: u } } }',
        '{ id: c, boundaryEvent: { attachedTo: a, compensation: { handler: v } } }',
        task('u'),
        task('v'),
      ],
      [],
      'error boundary-twice: "a" has another boundary event for "compensation", "b", so that this one never happens',
    ],
    [
      'L15.5',
      'what undoes an activity and sets variables',
      [task('a'), '{ id: b, boundaryEvent: { attachedTo: a, compensation: { handler: c }, output: { n: =1 } } }', '{ id: c, task: {} }'],
      [],
      'error misplaced-key: what undoes an activity has no "output"; leave "output" out here',
    ],
    ...[
      ['message', 'message: { name: m }', ''],
      ['signal', 'signal: s', ''],
      ['error', 'error: { code: e }', ''],
      ['error', 'error: {}', ''],
      ['escalation', 'escalation: { code: e }', ', interrupting: false'],
    ].map(([kind, trigger, more]): [string, string, string[], string[], string] => [
      'L15.5',
      `two boundary events for ${trigger}${more}`,
      [
        '{ id: a, userTask: { assign: { roles: [clerk] } } }',
        `{ id: b, boundaryEvent: { attachedTo: a, ${trigger}${more} } }`,
        `{ id: c, boundaryEvent: { attachedTo: a, ${trigger} } }`,
      ],
      [],
      `error boundary-twice: "a" has another boundary event for the same "${kind}", "b", so that this one never happens`,
    ]),
    [
      'L15.8',
      'another flow to what an event-based gateway awaits',
      [task('s'), '{ id: g, eventBasedGateway: {} }', '{ id: x, catchEvent: { signal: s1 } }', '{ id: y, catchEvent: { signal: s2 } }'],
      ['s -> g', 'g -> x', 'g -> y', 's -> y'],
      'warning event-target-shared: the event-based gateway "g" leads to "y", and another flow does so, too; lead the flow "s>y"',
    ],
    [
      'L15.3',
      'a start by a condition over a case that is not there yet',
      ['{ id: s, startEvent: { condition: =case.key = "x" } }', task('a')],
      ['s -> a'],
      'error expression: there is no "case" here',
    ],
    [
      'L15.8',
      'undoing what undoes',
      [
        task('a'),
        '{ id: b, boundaryEvent: { attachedTo: a, compensation: { handler: u } } }',
        task('u'),
        '{ id: e, endEvent: { compensation: u } }',
      ],
      ['a -> e'],
      'error wrong-step: "u" is not an activity of this scope or of one around it',
    ],
    [
      'L15.8',
      'a task that is cancelled',
      [task('a'), '{ id: b, boundaryEvent: { attachedTo: a, cancel: true } }'],
      [],
      'error cancel-outside-transaction: only a transaction is cancelled',
    ],
    [
      'L15.8',
      'a cancelling without a transaction',
      ['{ id: e, endEvent: { cancel: true } }'],
      [],
      'error cancel-outside-transaction: only inside a transaction',
    ],
    [
      'L15.8',
      'an event sub-process without an event',
      [task('a'), '{ id: ev, subProcess: { event: true } }', '{ id: s, in: ev, startEvent: {} }'],
      [],
      'error event-sub-process: an event sub-process has one start event with what begins it',
    ],
    [
      'L15.8',
      'a flow to an event sub-process',
      [task('a'), '{ id: ev, subProcess: { event: true } }', '{ id: s, in: ev, startEvent: { error: {} } }'],
      ['a -> ev'],
      'error flow-not-allowed: an event sub-process is begun by its event alone',
    ],
    [
      'L15.8',
      'a process that an error begins',
      ['{ id: s, startEvent: { error: {} } }'],
      [],
      'error start-trigger: no case begins by "error"',
    ],
    [
      'L15.8',
      'a handler with a flow',
      [task('a'), task('h'), '{ id: u, boundaryEvent: { attachedTo: a, compensation: { handler: h } } }'],
      ['h -> a'],
      'error flow-not-allowed: a handler that undoes an activity is reached by compensation alone',
    ],
    [
      'L15.6',
      'a default that leads elsewhere',
      ['{ id: g, exclusiveGateway: { default: a>g } }', task('a')],
      ['a -> g', 'g -> a'],
      'error unknown-flow: no flow "a>g" leads out of "g"; write one of: g>a',
    ],
    [
      'L15.6',
      'more arrivals than there are',
      ['{ id: g, complexGateway: { need: 3 } }', task('a')],
      ['a -> g'],
      'error join-need: 3 arrivals of a round of 1 are wanted',
    ],
    [
      'L15.6',
      'a condition without effect',
      ['{ id: g, parallelGateway: {} }', task('a')],
      ['g -> a ? true'],
      'warning condition-without-effect: flows out of "g" are taken whatever their condition says',
    ],
    [
      'L15.7',
      'a sub-process that is none',
      [task('a'), '{ id: b, in: a, task: {} }'],
      [],
      'error unknown-sub-process: "a" is no sub-process that could hold it',
    ],
    [
      'L15.2',
      'a gateway that is repeated',
      ['{ id: g, parallelGateway: {}, forEach: { count: 2 } }'],
      [],
      'error misplaced-key: only an activity has "forEach" beside it',
    ],
    [
      'L15.4',
      'an event without anything',
      ['{ id: c, catchEvent: {} }'],
      [],
      'error one-of: "catchEvent" lacks what it is about; add one of: timer, message, signal, condition, link',
    ],
  ])('[%s] %s', (_, __, nodes, flows, message) => {
    expect(told(nodes, flows).filter((line) => line.includes(message))).toHaveLength(1);
  });

  it('[L15.5] boundary events that both happen are none', () => {
    const both = (first: string, second: string) =>
      told([
        '{ id: a, userTask: { assign: { roles: [clerk] } } }',
        ...[first, second].map((one, at) => `{ id: b${at}, boundaryEvent: { attachedTo: a, ${one} } }`),
      ]);
    expect(both('signal: s, interrupting: false', 'signal: s')).toEqual([]);
    expect(both('message: { name: m, key: ="1" }', 'message: { name: m, key: ="2" }')).toEqual([]);
    expect(both('error: { code: e }', 'error: {}')).toEqual([]);
    expect(both('timer: { after: PT1H }', 'timer: { after: PT1H }')).toEqual([]);
  });

  it('[L15.1] both notations at once', () => {
    expect(told([task('a')], [], 'start: [{ signal: s }]\n')).toEqual([
      expect.stringContaining('error misplaced-key: start have no meaning'),
    ]);
    expect(findingsOf('process: p\nsteps: [{ id: a, end: x }]\nnodes: [{ id: b, task: {} }]')).toEqual([
      expect.stringContaining('error one-of: the document has "steps" and "nodes" at once'),
    ]);
  });
});
