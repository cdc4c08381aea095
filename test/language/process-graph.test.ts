import type { CallActivityNode, ScriptTaskNode, ServiceTaskNode, UserTaskNode } from '../../engine/runtime/process-model';
import { flowsOf, modelOf, modelOfProcess } from './compile-steps';

const task = (id: string, more = '') => `- id: ${id}\n  userTask: { assign: { roles: [clerk] } }${more}\n`;
const inner = (id: string) => `{ id: ${id}, userTask: { assign: { roles: [clerk] } } }`;

describe('from steps to a graph', () => {
  it('[L3.1] steps run in order, then the process ends', () => {
    const model = modelOf(task('a') + task('b'));
    expect(flowsOf(model)).toEqual(['start -start.next-> a', 'a -a.next-> b', 'b -b.next-> end']);
    expect(model.nodes['end']).toMatchObject({ kind: 'endEvent', name: 'completed', terminate: false, incoming: ['b.next'] });
  });

  it('[L3.2] a jump goes to a step of the same or an enclosing list', () => {
    const model = modelOf(
      `${task('a')}- id: x\n  exclusive:\n    - { id: back, when: =turn > 1, do: [${inner('b')}], next: a }\n    - { id: on, default: true }\n${task('c', '\n  next: x')}`,
    );
    expect(flowsOf(model)).toEqual([
      'start -start.next-> a',
      'a -a.next-> x',
      'x -back-> b',
      'b -b.next-> a',
      'x -on-> c',
      'c -c.next-> x',
    ]);
  });

  it('[L3.3] "if" is a gateway before the step, and leaves out its "next" too', () => {
    const model = modelOf(task('a') + task('b', '\n  if: =turn > 1\n  next: a') + task('c', '\n  if: =turn > 2'));
    expect(flowsOf(model)).toEqual([
      'start -start.next-> a',
      'a -a.next-> b.if',
      'b.if -b.if.true-> b',
      'b.if -b.if.false-> c.if',
      'b -b.next-> a',
      'c.if -c.if.true-> c',
      'c.if -c.if.false-> end',
      'c -c.next-> end',
    ]);
    expect(model.nodes['b.if']).toMatchObject({ kind: 'exclusiveGateway', defaultFlow: 'b.if.false' });
    expect(model.flows['b.if.true']?.condition?.text).toBe('turn > 1');
  });

  it('[L5.1] branches are flows in their order, the default has no condition', () => {
    const model = modelOf(
      `- id: x\n  exclusive:\n    - { id: one, when: =turn = 1, do: [${inner('a')}] }\n    - { id: other, default: true, do: [] }\n`,
    );
    expect(model.nodes['x']).toMatchObject({ kind: 'exclusiveGateway', defaultFlow: 'other', outgoing: ['one', 'other'] });
    expect(model.flows['one']?.condition?.reads).toEqual(['turn']);
    expect(model.flows['other']).toEqual({ id: 'other', from: 'x', to: 'end' });
  });

  it('[L5.2] each branch comes to the join by one flow', () => {
    const model = modelOf(
      `- id: p\n  parallel:\n    - { id: empty, do: [] }\n    - { id: single, do: [${inner('a')}] }\n    - { id: several, do: [{ id: b, if: =turn > 1, userTask: { assign: { roles: [clerk] } } }] }\n`,
    );
    expect(model.nodes['p']).toMatchObject({ kind: 'parallelGateway', outgoing: ['empty', 'single', 'several'] });
    expect(model.nodes['p.join']).toMatchObject({ kind: 'parallelGateway', incoming: ['empty', 'a.next', 'several.merge.next'] });
    expect(model.nodes['several.merge']).toMatchObject({ kind: 'exclusiveGateway', incoming: ['b.if.false', 'b.next'] });
    expect(Object.keys(model.nodes)).not.toContain('single.merge');
  });

  it('[L5.2] parallel steps nest, and a boundary event adds a way to the join', () => {
    const boundary = 'boundary: [{ id: late, timer: { after: P1D } }]';
    const model = modelOf(
      `- id: p\n  parallel:\n    - id: l\n      do:\n        - id: q\n          parallel:\n            - { id: l1, do: [${inner('a')}] }\n            - { id: l2, do: [${inner('b')}] }\n    - { id: r, do: [{ id: c, userTask: { assign: { roles: [clerk] } }, ${boundary} }] }\n`,
    );
    expect(model.nodes['p.join']?.incoming).toEqual(['q.join.next', 'r.merge.next']);
    expect(model.nodes['r.merge']?.incoming).toEqual(['c.next', 'late.next']);
  });

  it('[L6.5] after an interrupting event the flow goes on after the step', () => {
    const model = modelOf(
      `${task('a', `\n  boundary:\n    - { id: late, timer: { after: P1D }, do: [${inner('b')}] }\n    - { id: failed, error: {}, next: c }`)}${task('z')}${task('c')}`,
    );
    expect(model.nodes['a']).toMatchObject({ boundary: ['late', 'failed'] });
    expect(model.nodes['late']).toMatchObject({ kind: 'boundaryEvent', attachedTo: 'a', interrupting: true, trigger: { kind: 'timer' } });
    expect(flowsOf(model)).toEqual(expect.arrayContaining(['late -late.next-> b', 'b -b.next-> z', 'failed -failed.next-> c']));
  });

  it('[L6.6] an event that does not interrupt ends by itself, without a name', () => {
    const model = modelOf(task('a', `\n  boundary:\n    - { id: note, timer: { after: P1D }, interrupting: false, do: [${inner('b')}] }`));
    expect(flowsOf(model)).toContain('b -b.next-> note.end');
    expect(model.nodes['note.end']).toMatchObject({ kind: 'endEvent', name: '', terminate: false });
  });

  it('[L6.4] ends have names, and may terminate', () => {
    const model = modelOf('- { id: x, end: rejected, terminate: true }');
    expect(model.nodes['x']).toMatchObject({ kind: 'endEvent', name: 'rejected', terminate: true });
    expect(model.nodes['end']).toBeUndefined();
  });

  it('[L6.1] [L6.2] [L6.3] catch events hold their triggers', () => {
    const model = modelOf(
      '- { id: t, timer: { after: PT1H } }\n- { id: u, timer: { at: =today() } }\n- { id: w, waitFor: =turn > 1 }\n- { id: m, message: { name: a.b, key: =order.number }, result: got }\n',
    );
    expect(model.nodes['t']).toMatchObject({ kind: 'intermediateCatchEvent', trigger: { kind: 'timer', timer: { after: 'PT1H' } } });
    expect(model.nodes['u']).toMatchObject({ trigger: { timer: { at: { text: 'today()' } } } });
    expect(model.nodes['w']).toMatchObject({ trigger: { kind: 'condition', condition: { reads: ['turn'] } } });
    expect(model.nodes['m']).toMatchObject({ trigger: { kind: 'message', message: { name: 'a.b' } }, result: 'got' });
    expect(model.variables['got']).toEqual({ type: { kind: 'any' } });
  });
});

describe('from tasks to nodes', () => {
  const userTask = (more: string) => modelOf(`- id: a\n  userTask: { assign: { roles: [clerk] }${more} }`).nodes['a'] as UserTaskNode;

  it('[L4.1] assignment by role, name and expression', () => {
    const node = modelOf('- id: a\n  userTask: { assign: { users: [x@test, =order.salesman], exclude: [=case.startedBy] }, priority: 80 }')
      .nodes['a'] as UserTaskNode;
    expect(node.assign.users.map((user) => user.text)).toEqual(['"x@test"', 'order.salesman']);
    expect(node.assign.exclude.map((user) => user.text)).toEqual(['case.startedBy']);
    expect(node).toMatchObject({ priority: 80, assign: { roles: [] } });
    expect(userTask('').priority).toBe(50);
  });

  it('[L4.2] form, outcomes and result', () => {
    const model = modelOf(
      '- id: a\n  userTask: { assign: { roles: [clerk] }, form: ship-time, outcomes: [ok, { id: no, title: { zh: 否, en: No } }], result: verdict }',
    );
    expect(model.nodes['a']).toMatchObject({
      form: 'ship-time',
      outcomes: [
        { id: 'ok', title: { zh: 'ok', en: 'ok' } },
        { id: 'no', title: { zh: '否', en: 'No' } },
      ],
      result: 'verdict',
    });
    expect(model.variables['verdict']?.type).toMatchObject({
      kind: 'context',
      properties: { transportNeeded: { kind: 'boolean' }, outcome: { kind: 'string' } },
    });
    expect(Object.keys(model.forms)).toEqual(['ship-time']);
  });

  it('[L4.3] due after a time, or at one', () => {
    expect(userTask(', due: { after: PT4H }').due).toEqual({ after: 'PT4H' });
    expect(userTask(', due: { at: 2026-03-02T09:00:00+08:00 }').due).toEqual({ at: '2026-03-02T09:00:00+08:00' });
  });

  it('[L4.4] overdue rules count from the due date', () => {
    const rules = '[{ id: urge, every: PT1H, times: 3, do: urge }, { id: up, after: P1D, do: { escalate: { roles: [sales-manager] } } }]';
    expect(userTask(`, due: { after: PT4H }, overdue: ${rules}`).overdue).toEqual([
      { id: 'urge', after: 'PT1H', every: 'PT1H', times: 3, action: { kind: 'urge' } },
      { id: 'up', after: 'P1D', times: 1, action: { kind: 'escalate', roles: ['sales-manager'] } },
    ]);
  });

  it('[L4.5] input holds data, expressions, and expressions inside of data', () => {
    const node = modelOf(
      '- id: a\n  serviceTask: { connector: http.request, input: { method: POST, url: =order.number, body: { order: =order.number, model: =order.model, tags: [x, =turn] } } }',
    ).nodes['a'] as ServiceTaskNode;
    expect(node.input['method']).toEqual({ literal: 'POST' });
    expect(node.input['url']).toMatchObject({ text: 'order.number' });
    expect(node.input['body']).toMatchObject({ text: '{"model": (order.model), "order": (order.number), "tags": ["x", (turn)]}' });
  });

  it('[L4.6] retry and time-outs have defaults', () => {
    const plain = modelOf('- id: a\n  serviceTask: { connector: system.noop }').nodes['a'];
    expect(plain).toMatchObject({
      retry: { initial: 'PT1S', factor: 2, max: 'PT1M', attempts: 10 },
      timeout: { attempt: 'PT30S', total: 'P1D' },
      result: 'a',
    });
    const own = modelOf('- id: a\n  serviceTask: { connector: system.noop, timeout: { attempt: PT5S } }\n  retry: { attempts: 2 }').nodes[
      'a'
    ];
    expect(own).toMatchObject({ retry: { initial: 'PT1S', attempts: 2 }, timeout: { attempt: 'PT5S', total: 'P1D' } });
  });

  it('[L4.7] set keeps its order, data included', () => {
    const node = modelOf('- id: a\n  scriptTask: { set: { turn: =turn + 1, note: { text: "a\\"b", n: 1.5e-7, no: null } } }').nodes[
      'a'
    ] as ScriptTaskNode;
    expect(node.set.map(({ variable, value }) => [variable, value.text])).toEqual([
      ['turn', 'turn + 1'],
      ['note', '{"text": "a\\"b", "n": 0.00000015, "no": null}'],
    ]);
  });

  it('[L4.8] a call has the type of the result of what it calls', () => {
    const model = modelOf(
      '- id: a\n  callActivity: { process: confirm-payment, input: { order: =order }, result: paid }\n- { id: w, waitFor: =paid.amount > 0 }',
    );
    expect((model.nodes['a'] as CallActivityNode).input['order']).toMatchObject({ text: 'order' });
    expect(model.variables['paid']?.type).toMatchObject({ kind: 'context', properties: { amount: { kind: 'money' } } });
  });
});

describe('the head of a process', () => {
  const head = (more: string) => modelOfProcess(`process: example\n${more}\nsteps: [{ id: a, waitFor: =true }]\n`);

  it('[L2.1] title, business key and result', () => {
    const model = head('title: { zh: 例, en: Example }\nkey: =number\nvariables: { number: { type: string } }\nresult: =number');
    expect(model).toMatchObject({
      id: 'example',
      title: { zh: '例', en: 'Example' },
      businessKey: { text: 'number' },
      result: { text: 'number' },
    });
    expect(head('').title).toEqual({ zh: 'example', en: 'example' });
  });

  it('[L2.2] a start form fills a variable, or one for each field', () => {
    const whole = head('start: [{ form: sales-order, roles: [salesman], result: order }]');
    expect(whole.startForm).toEqual({ form: 'sales-order', roles: ['salesman'], result: 'order' });
    expect(whole.variables['order']?.type).toMatchObject({ properties: { price: { kind: 'money' } } });
    const fields = head('start: [{ form: sales-order, roles: [salesman] }]');
    expect(Object.keys(fields.variables)).toEqual(['number', 'customer', 'model', 'price', 'salesman']);
    expect(head('').startForm).toBeUndefined();
  });

  it('[L2.3] variables have types, forms among them, and defaults', () => {
    const { variables } = head(
      'variables: { o: { type: array, items: { $ref: form:sales-order } }, n: { type: [integer, "null"], default: 3 } }',
    );
    expect(variables['o']?.type).toMatchObject({ kind: 'list', items: { kind: 'context', properties: { price: { kind: 'money' } } } });
    expect(variables['n']).toEqual({ type: { kind: 'number' }, default: 3, constraint: { type: ['integer', 'null'] } });
  });

  it('[L2.5] two steps that write one result leave what they agree on', () => {
    const agree = modelOf(
      task('a', '').replace('} }', '}, form: ship-time, result: r }') + task('b', '').replace('} }', '}, form: ship-time, result: r }'),
    );
    expect(agree.variables['r']?.type.kind).toBe('context');
    const differ = modelOf(
      task('a', '').replace('} }', '}, form: ship-time, result: r }') + task('b', '').replace('} }', '}, form: sales-order, result: r }'),
    );
    expect(differ.variables['r']?.type.kind).toBe('any');
  });

  it('[L11.1] the same definition has the same address, another one another', () => {
    expect(JSON.stringify(head('title: a'))).toBe(JSON.stringify(head('title: a')));
    expect(JSON.stringify(head('title: a'))).not.toBe(JSON.stringify(head('title: b')));
  });

  it('[L11.2] generated ids have a dot, so that no step can have them', () => {
    const model = modelOf(task('a', '\n  if: =turn > 1'));
    expect(Object.keys(model.nodes)).toEqual(['start', 'a.if', 'a', 'end']);
  });
});
