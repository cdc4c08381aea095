import type { CallActivityNode, ProcessModel, SubProcessNode } from '../../engine/runtime/process-model';
import { findingsOf, flowsOf, modelOf, modelOfProcess } from './compile-steps';

const task = (id: string, more = '') => `- id: ${id}\n  userTask: { assign: { roles: [clerk] } }${more}\n`;
const inner = (id: string) => `{ id: ${id}, userTask: { assign: { roles: [clerk] } } }`;
const node = (model: ProcessModel, id: string) => model.nodes[id] as unknown as Record<string, unknown>;
const subProcess = (model: ProcessModel, id: string) => model.nodes[id] as SubProcessNode;

describe('how a process begins', () => {
  const starts = (list: string) =>
    modelOfProcess(`process: example\nvariables: { number: { type: string } }\nstart: ${list}\nsteps: [{ id: a, waitFor: =true }]\n`);

  it('[L2.2] several starts lead to the first step', () => {
    const model = starts(
      '[{ form: sales-order, roles: [salesman], result: order }, { id: byMail, message: { name: m, key: =number }, result: order }, { timer: { cron: "0 9 * * MON" } }]',
    );
    expect(model).toMatchObject({ start: 'start', triggeredStarts: ['byMail', 'start.3'], startForm: { form: 'sales-order' } });
    expect(flowsOf(model).slice(0, 3)).toEqual(['start -start.next-> a', 'byMail -byMail.next-> a', 'start.3 -start.3.next-> a']);
    expect(node(model, 'byMail')).toMatchObject({
      trigger: { kind: 'message', message: { name: 'm', key: { text: 'number' } } },
      result: 'order',
    });
    expect(node(model, 'start.3')).toMatchObject({ trigger: { kind: 'timer', timer: { cron: '0 9 * * MON' } } });
  });

  it('[L2.2] without a form nobody begins it by hand, and a message without a key takes any', () => {
    const model = starts('[{ message: { name: m } }, { signal: s }]');
    expect(model.start).toBeUndefined();
    expect(model.triggeredStarts).toEqual(['start.1', 'start.2']);
    expect(node(model, 'start.1')).toMatchObject({ trigger: { message: { key: { text: 'null' } } } });
    expect(node(model, 'start.2')).toMatchObject({ trigger: { kind: 'signal', name: 's' } });
  });
});

describe('a start by a condition', () => {
  const findings = (start: string) =>
    findingsOf(
      `process: example\nvariables: { order: { type: object, properties: { amount: { type: number } } } }\nstart: [${start}]\nsteps: [{ id: a, waitFor: =true }]\n`,
    );

  it('[L2.2] reads variables and settings, and what it reads is there', () => {
    expect(findings('{ id: big, condition: =order.amount > 1000 }')).toEqual([]);
    expect(findings('{ condition: =order.amont > 1000 }')).toEqual([
      expect.stringContaining('error expression: there is no member "amont"'),
    ]);
    expect(findings('{ condition: =ordr.amount > 1000 }')).toEqual([expect.stringContaining('did you mean "order"?')]);
    expect(findings('{ condition: =case.key = "1" }')).toEqual([expect.stringContaining('error expression: there is no "case" here')]);
    expect(findings('{ condition: =order.amount }')).toEqual([expect.stringContaining('error condition-type')]);
    expect(findings('{ condition: =order.amount > 1, signal: s }')).toEqual([expect.stringContaining('error one-of')]);
  });
});

describe('whose a name is', () => {
  it('[L2.6] a sub-process hides names, and a result goes to the nearest declaration around it', () => {
    const model = modelOf(
      `- id: s\n  subProcess:\n    variables: { turn: { type: string } }\n    input: { price: =order.price }\n    steps:\n      - ${inner('own')}\n      - { id: far, serviceTask: { connector: system.noop, result: note } }\n      - { id: near, scriptTask: { set: { turn: ="x", note: { p: =price } } } }\n    output: { known: =turn }\n- { id: w, waitFor: =known = "x" }\n`,
    );
    expect(Object.keys(subProcess(model, 's').variables)).toEqual(['turn', 'price', 'own']);
    expect(subProcess(model, 's').variables).toMatchObject({ turn: { type: { kind: 'string' } }, price: { type: { kind: 'money' } } });
    expect(Object.keys(model.variables)).toEqual(['order', 'turn', 'note', 'known']);
    expect(model.variables['known']?.type).toEqual({ kind: 'string' });
    expect(subProcess(model, 's').output?.['known']?.text).toBe('turn');
  });

  it('[L2.7] every name is a variable where the process says so, and the model declares what is used', () => {
    const model = modelOfProcess('process: example\nadditionalVariables: true\nsteps: [{ id: a, scriptTask: { set: { x: =y + 1 } } }]\n');
    expect(model.variables).toEqual({ x: { type: { kind: 'any' } }, y: { type: { kind: 'any' } } });
  });
});

describe('what is done more than once', () => {
  it('[L3.5] the item has the type of the list, and the result is that of the instance', () => {
    const model = modelOf(task('a', '\n  forEach: { in: =settings.transport.carriers, as: carrier, mode: sequential }'));
    expect(node(model, 'a')['loop']).toMatchObject({
      kind: 'multiInstance',
      mode: 'sequential',
      as: 'carrier',
      rest: 'cancel',
      collection: { text: 'settings.transport.carriers' },
      variables: { carrier: { type: { kind: 'context' } }, loopCounter: { type: { kind: 'number' } }, a: { type: { kind: 'context' } } },
    });
    expect(model.variables['a']).toBeUndefined();
    expect(node(modelOf(task('a', '\n  forEach: { count: 3 }')), 'a')['loop']).toMatchObject({ count: { text: '3' }, mode: 'parallel' });
  });

  it('[L3.6] a list that is collected is declared by it, with the type of what it holds', () => {
    const rule =
      '\n  forEach: { in: [x, y], as: one, until: =numberOfCompletedInstances > 1, rest: ignore, collect: { all: =string length(one) } }';
    const model = modelOf(`${task('a', rule)}- { id: w, waitFor: =sum(all) > 1 }`);
    expect(model.variables['all']).toEqual({ type: { kind: 'list', items: { kind: 'number' } } });
    expect(node(model, 'a')['loop']).toMatchObject({
      rest: 'ignore',
      collect: [{ variable: 'all' }],
      until: { reads: ['numberOfCompletedInstances'] },
    });
  });

  it('[L3.6] what is read of a repeated sub-process is handed out of it', () => {
    const model = modelOf(
      `- id: s\n  forEach: { count: 2, until: =answer.outcome = "yes", collect: { answers: =answer } }\n  subProcess: { steps: [{ id: answer, userTask: { assign: { roles: [clerk] }, outcomes: [yes, no] } }] }\n`,
    );
    expect(subProcess(model, 's').output?.['answer']?.text).toBe('answer');
    expect(subProcess(model, 's').loop?.variables['answer']?.type).toMatchObject({ kind: 'context' });
  });

  it('[L3.7] "until" goes on while it is not true, null included', () => {
    const model = modelOf(
      task('a', '\n  repeat: { until: =turn > 3, max: 5 }') + task('b', '\n  repeat: { while: =turn > loopCounter, test: after }'),
    );
    expect(node(model, 'a')['loop']).toMatchObject({
      kind: 'standard',
      test: 'after',
      maximum: 5,
      condition: { text: '(turn > 3) != true' },
    });
    expect(node(model, 'b')['loop']).toMatchObject({ test: 'after', maximum: 1000, condition: { text: 'turn > loopCounter' } });
    expect(Object.keys(model.variables)).toContain('a');
  });
});

describe('what guards and undoes a step', () => {
  it('[L3.8] a handler has no flows', () => {
    const model = modelOf(task('a', `\n  compensate: ${inner('undo')}`));
    expect(node(model, 'a')['compensation']).toBe('undo');
    expect(node(model, 'undo')).toMatchObject({ kind: 'userTask', forCompensation: true, incoming: [], outgoing: [] });
  });

  it('[L3.8] a handler sees what the step saw', () => {
    const model = modelOf(
      `- id: a\n  forEach: { in: [x], as: one }\n  scriptTask: { set: { turn: 1 } }\n  compensate: { id: undo, scriptTask: { set: { note: { one: =one } } } }\n`,
    );
    expect(node(model, 'undo')).toMatchObject({ set: [{ variable: 'note', value: { reads: ['one'] } }] });
  });

  it('[L3.9] [L3.10] critical sections and milestones', () => {
    const model = modelOf(
      task('a', '\n  mutex: yard\n  milestone: =turn > 1') + task('b', '\n  milestone: { while: =turn > 2, lost: wait }'),
    );
    expect(node(model, 'a')).toMatchObject({ mutex: 'yard', milestone: { condition: { text: 'turn > 1' }, lost: 'skip' } });
    expect(node(model, 'b')).toMatchObject({ milestone: { lost: 'wait' } });
  });
});

describe('the other tasks', () => {
  it('[L4.8] versions, detached calls, and what a call sets outside', () => {
    const model = modelOf(
      '- { id: a, callActivity: { process: confirm-payment, version: deployment, output: { paidAmount: =payment.amount } } }\n- { id: b, callActivity: { process: confirm-payment, version: 3 } }\n- { id: c, callActivity: { process: confirm-payment, detached: true } }\n- { id: w, waitFor: =paidAmount > 1 }\n',
    );
    const call = (id: string) => model.nodes[id] as CallActivityNode;
    expect(call('a').binding).toEqual({ kind: 'deployment', model: expect.stringMatching(/^[0-9a-f]{64}$/u) });
    expect(call('a').output?.['paidAmount']?.text).toBe('payment.amount');
    expect(model.variables['paidAmount']?.type).toEqual({ kind: 'money' });
    expect(call('b').binding).toEqual({ kind: 'version', version: 3 });
    expect(call('c')).toMatchObject({ detached: true });
  });

  it('[L4.9] a decision that stands in the step', () => {
    const model = modelOf(
      '- id: a\n  businessRuleTask:\n    decision: { inputs: [{ id: amount, type: number }], outputs: [{ id: role, type: string }], rules: [["> 1", \'"boss"\']] }\n    input: { amount: =turn }\n    result: who\n',
    );
    expect(node(model, 'a')).toMatchObject({
      kind: 'businessRuleTask',
      result: 'who',
      decision: { id: 'a', hitPolicy: 'UNIQUE' },
      input: { amount: { text: 'turn' } },
    });
  });

  it('[L4.10] [L4.11] messages are sent and received under the business key, where no other is named', () => {
    const model = modelOf(
      '- { id: a, sendTask: { message: { name: x, variables: { t: =turn, c: 1 }, timeToLive: P1D } } }\n- { id: b, receiveTask: { message: { name: y, key: =order.number } } }\n',
    );
    expect(node(model, 'a')).toMatchObject({
      message: { name: 'x', key: { text: 'case.businessKey' }, variables: { t: { text: 'turn' }, c: { literal: 1 } }, timeToLive: 'P1D' },
    });
    expect(node(model, 'b')).toMatchObject({
      kind: 'receiveTask',
      message: { name: 'y', key: { text: 'order.number' } },
      result: 'b',
      boundary: [],
    });
  });

  it('[L4.15] a task of which nothing is known', () => {
    expect(node(modelOf('- { id: a, task: {} }'), 'a')).toMatchObject({ kind: 'task', boundary: [] });
  });
});

describe('sub-processes', () => {
  it('[L4.12] nodes inside have it as their parent, and it begins at its start', () => {
    const model = modelOf(`- id: s\n  subProcess: { steps: [${inner('a')}, { id: e, end: early }] }\n${task('b')}`);
    expect(subProcess(model, 's')).toMatchObject({ variant: 'embedded', entries: ['s.start'], eventSubProcesses: [] });
    expect(flowsOf(model)).toEqual([
      'start -start.next-> s',
      's.start -s.start.next-> a',
      'a -a.next-> e',
      's -s.next-> b',
      'b -b.next-> end',
    ]);
    expect(['s.start', 'a', 'e'].map((id) => model.nodes[id]?.parent)).toEqual(['s', 's', 's']);
    expect(node(model, 'b')['parent']).toBeUndefined();
  });

  it('[L4.12] its implicit end has no name, and it may hold the graph notation', () => {
    const model = modelOf(
      '- id: s\n  subProcess: { nodes: [{ id: a-1, task: {} }, { id: b, task: {} }], flows: [{ from: a-1, to: b }] }\n',
    );
    expect(subProcess(model, 's').entries).toEqual(['a-1']);
    const steps = modelOf(`- id: s\n  subProcess: { steps: [${inner('a')}] }\n`);
    expect(node(steps, 's.end')).toMatchObject({ kind: 'endEvent', name: '', parent: 's' });
  });

  it('[L4.13] a transaction is cancelled by an end', () => {
    const model = modelOf(
      `- id: s\n  subProcess: { transaction: true, steps: [${inner('a')}, { id: e, end: no, cancel: true }] }\n  boundary: [{ id: off, cancel: true }]\n`,
    );
    expect(subProcess(model, 's')).toMatchObject({ variant: 'transaction', boundary: ['off'] });
    expect(node(model, 'e')).toMatchObject({ name: 'no', throws: { kind: 'cancel' } });
    expect(node(model, 'off')).toMatchObject({ trigger: { kind: 'cancel' } });
  });

  it('[L4.14] an ad-hoc sub-process begins at the steps that no other leads to', () => {
    const model = modelOf(
      `- id: s\n  subProcess:\n    adHoc: { activate: '=["a"]', ordering: sequential, until: =turn > 1, cancelRemaining: false }\n    steps:\n      - { id: a, task: {}, next: b }\n      - { id: b, task: {} }\n      - { id: c, task: {} }\n`,
    );
    expect(subProcess(model, 's')).toMatchObject({
      variant: 'adHoc',
      entries: ['a', 'c'],
      adHoc: { activate: { text: '["a"]' }, ordering: 'sequential', until: { text: 'turn > 1' }, cancelRemaining: false },
    });
    expect(node(model, 'b')['incoming']).toEqual(['a.next']);
    const plain = modelOf('- { id: s, subProcess: { adHoc: true, steps: [{ id: a, task: {} }] } }');
    expect(subProcess(plain, 's').adHoc).toEqual({ activate: 'byHand', ordering: 'parallel', cancelRemaining: true });
  });
});

describe('the other branches', () => {
  it('[L5.3] inclusive branches may end by themselves', () => {
    const model = modelOf(
      `- id: i\n  inclusive:\n    - { id: x, when: =turn > 1, do: [${inner('a')}] }\n    - { id: y, when: =turn > 2, do: [{ id: e, end: over }] }\n    - { id: z, default: true }\n`,
    );
    expect(node(model, 'i')).toMatchObject({ kind: 'inclusiveGateway', defaultFlow: 'z', outgoing: ['x', 'y', 'z'] });
    expect(node(model, 'i.join')).toMatchObject({ kind: 'inclusiveGateway', incoming: ['a.next', 'z'] });
  });

  it('[L5.4] each event is a node with the id of its branch', () => {
    const model = modelOf(
      `- id: g\n  eventBased:\n    - { id: m, message: { name: x }, result: got }\n    - { id: t, timer: { after: PT1H }, do: [${inner('a')}], next: z }\n${task('b')}${task('z')}`,
    );
    expect(node(model, 'g')).toMatchObject({ kind: 'eventBasedGateway', outgoing: ['m', 't'] });
    expect(flowsOf(model).slice(1, 6)).toEqual(['g -m-> m', 'm -m.next-> b', 'g -t-> t', 't -t.next-> a', 'a -a.next-> z']);
    expect(node(model, 'm')).toMatchObject({ kind: 'intermediateCatchEvent', result: 'got' });
    expect(model.variables['got']).toEqual({ type: { kind: 'any' } });
  });

  it('[L5.5] a join that needs only some', () => {
    const branches = `parallel: [{ id: x, do: [${inner('a')}] }, { id: y, do: [${inner('b')}] }, { id: z, do: [${inner('c')}] }]`;
    const join = (rule: string) => node(modelOf(`- id: p\n  join: ${rule}\n  ${branches}\n`), 'p.join');
    expect(join('{ need: 2, rest: block }')).toMatchObject({ kind: 'complexGateway', need: 2, of: 3, rest: 'block' });
    expect(join('{ need: 1 }')).toMatchObject({ rest: 'ignore' });
  });

  it('[L5.2] a branch may end everything', () => {
    const model = modelOf(
      `- id: p\n  parallel: [{ id: x, do: [${inner('a')}] }, { id: y, do: [{ id: e, end: stop, terminate: true }] }]\n`,
    );
    expect(node(model, 'p.join')['incoming']).toEqual(['a.next']);
  });
});

describe('the other events', () => {
  it('[L6.1] cycles, cron, calendars, zones and suspension', () => {
    const timer = (rule: string) => (node(modelOf(`- { id: t, timer: ${rule} }`), 't')['trigger'] as { timer: unknown }).timer;
    expect(timer('{ after: { businessDays: 2 }, calendar: office, suspend: skip }')).toEqual({
      businessDays: 2,
      calendar: 'office',
      suspend: 'skip',
    });
    expect(timer('{ after: { businessDays: =turn }, calendar: office }')).toMatchObject({ businessDays: { text: 'turn' } });
    expect(timer('{ cycle: R3/PT10H }')).toEqual({ cycle: 'R3/PT10H' });
    expect(timer('{ cron: "30 7 * * 1-5", timezone: Asia/Urumqi }')).toEqual({ cron: '30 7 * * 1-5', timezone: 'Asia/Urumqi' });
  });

  it('[L6.7] a signal by name or expression', () => {
    const model = modelOf('- { id: a, signal: s, result: got }\n- { id: b, signal: =order.number }\n');
    expect(node(model, 'a')).toMatchObject({ trigger: { kind: 'signal', name: 's' }, result: 'got' });
    expect(node(model, 'b')).toMatchObject({ trigger: { name: { text: 'order.number' } }, result: 'b' });
  });

  it('[L6.8] what throws an error ends there, and anything else goes on', () => {
    const model = modelOf(
      '- { id: a, throw: { escalation: { code: =order.number } } }\n- { id: b, throw: { signal: { name: s, variables: { t: =turn } } } }\n- { id: c, throw: { message: { name: m } } }\n- { id: d, throw: { error: { code: bad, message: =order.number } } }\n',
    );
    expect(flowsOf(model)).toEqual(['start -start.next-> a', 'a -a.next-> b', 'b -b.next-> c', 'c -c.next-> d']);
    expect(node(model, 'a')).toMatchObject({
      kind: 'intermediateThrowEvent',
      throws: { kind: 'escalation', code: { text: 'order.number' } },
    });
    expect(node(model, 'b')).toMatchObject({ throws: { kind: 'signal', name: 's', variables: { t: { text: 'turn' } } } });
    expect(node(model, 'c')).toMatchObject({ throws: { kind: 'message', message: { name: 'm', timeToLive: 'PT0S' } } });
    expect(node(model, 'd')).toMatchObject({
      kind: 'endEvent',
      name: '',
      throws: { kind: 'error', code: 'bad', message: { text: 'order.number' } },
    });
  });

  it('[L6.4] an end may throw', () => {
    expect(node(modelOf('- { id: e, end: sold, throw: { signal: sold } }'), 'e')).toMatchObject({
      name: 'sold',
      throws: { kind: 'signal', name: 'sold' },
    });
  });

  it('[L6.5] what errors and escalations bring is there where a variable is named', () => {
    const model = modelOf(
      task(
        'a',
        '\n  boundary:\n    - { id: f, error: {}, result: failure }\n    - { id: g, escalation: { code: late }, interrupting: false }\n    - { id: h, signal: off }',
      ),
    );
    expect(node(model, 'f')).toMatchObject({ trigger: { kind: 'error' }, result: 'failure' });
    expect(node(model, 'g')).toMatchObject({ trigger: { kind: 'escalation', code: 'late' }, interrupting: false });
    expect(node(model, 'g')['result']).toBeUndefined();
    expect(Object.keys(model.variables)).toEqual(['order', 'turn', 'note', 'failure', 'h', 'a']);
  });

  it('[L6.9] compensation of one activity, or of all', () => {
    const model = modelOf(
      task('a', `\n  compensate: ${inner('u')}`) +
        '- { id: b, throw: { compensation: a } }\n- { id: c, end: x, throw: { compensation: true } }\n',
    );
    expect(node(model, 'b')).toMatchObject({ throws: { kind: 'compensation', activity: 'a' } });
    expect(node(model, 'c')['throws']).toEqual({ kind: 'compensation' });
  });

  it('[L6.10] event sub-processes of a process and of a sub-process', () => {
    const model = modelOfProcess(
      `process: example\nvariables: { n: { type: integer } }\nsteps:\n  - id: s\n    subProcess:\n      steps: [${inner('a')}]\n      eventSubProcesses: [{ id: undoing, compensation: true, steps: [${inner('u')}] }]\neventSubProcesses:\n  - { id: asked, message: { name: m }, interrupting: false, variables: { n: { type: string } }, steps: [{ id: k, scriptTask: { set: { n: =asked.text } } }] }\n`,
    );
    expect(model.eventSubProcesses).toEqual(['asked']);
    expect(subProcess(model, 's').eventSubProcesses).toEqual(['undoing']);
    expect(subProcess(model, 'asked')).toMatchObject({
      variant: 'event',
      entries: ['asked.start'],
      variables: { n: { type: { kind: 'string' } } },
    });
    expect(node(model, 'asked.start')).toMatchObject({
      trigger: { kind: 'message' },
      interrupting: false,
      result: 'asked',
      parent: 'asked',
    });
    expect(node(model, 'undoing.start')).toMatchObject({ trigger: { kind: 'compensation' }, interrupting: true, parent: 'undoing' });
    expect(node(model, 'undoing')['parent']).toBe('s');
  });

  it('[L11.4] flows keep the order of the text', () => {
    const model = modelOf(`- id: p\n  parallel: [{ id: z, do: [${inner('b')}] }, { id: y, do: [${inner('a')}] }]\n`);
    expect(model.nodes['p']?.outgoing).toEqual(['z', 'y']);
    expect(model.nodes['p.join']?.incoming).toEqual(['b.next', 'a.next']);
  });
});
