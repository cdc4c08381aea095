import { LIMITS } from '../../engine/runtime/limits';
import { Play, TASK } from './play';

const each = (n: number | string, step: string) =>
  `process: limit\nvariables: { got: { type: array } }\nsteps:\n  - id: each\n    forEach: { count: ${n}, collect: { got: =loopCounter } }\n    ${step}\n  - { id: Z, ${TASK} }\n`;

describe('[L11.5] limits of a case', () => {
  it.each([
    ['parallel, with people', each(LIMITS.instances, TASK), LIMITS.instances],
    ['sub-processes', each(LIMITS.instances, `subProcess: { steps: [{ id: a, task: {} }, { id: A, ${TASK} }] }`), LIMITS.instances],
    ['automatic ones', each(LIMITS.instances, 'subProcess: { steps: [{ id: a, task: {} }, { id: b, task: {} }] }'), 1],
  ])('as many instances as are allowed run: %s', (_what, text, open) => {
    const play = new Play(text);
    expect(play.incidents).toBe('');
    expect(Object.keys(play.simulator.state.tasks)).toHaveLength(open);
  });

  it('one instance more is an incident, and so are too many in all', () => {
    expect(new Play(each(`=${LIMITS.instances + 1}`, TASK)).incidents).toBe('each: too-many-instances');
    const nested = `subProcess: { steps: [{ id: inner, forEach: { count: 100 }, ${TASK} }] }`;
    const play = new Play(each(100, nested));
    expect(play.incidents).toContain('inner: too-many-tokens');
    expect(Object.keys(play.simulator.state.tokens).length).toBeLessThanOrEqual(LIMITS.tokens);
    // the others go on
    expect(play.do('inner').incidents).toContain('too-many-tokens');
  });

  it('a circle without a wait stops', () => {
    const play = new Play(`process: limit
nodes: [{ id: a, task: {} }, { id: b, task: {} }, { id: s, startEvent: {} }, { id: f, parallelGateway: {} }, { id: A, ${TASK} }]
flows: [{ from: s, to: f }, { from: f, to: a }, { from: f, to: A }, { from: a, to: b }, { from: b, to: a }]
`);
    expect(play.incidents).toMatch(/^[ab]: too-many-steps$/u);
    expect(play.do('A').status).toBe('active');
  });

  it('a value that is too large is refused to people, and stops a step', () => {
    const play = new Play(`process: limit
variables: { text: { type: string, default: "0123456789" }, n: { type: integer, default: 0 } }
steps:
  - { id: grow, repeat: { while: =n < 20, max: 30 }, scriptTask: { set: { text: =text + text, n: =n + 1 } } }
  - { id: Z, ${TASK} }
`);
    expect(play.incidents).toBe('grow: value-too-large');
    const refusal = play.simulator.apply({
      type: 'setVariables',
      actor: { user: 'u', roles: [] },
      variables: { text: 'x'.repeat(LIMITS.variableChars) },
    });
    expect(refusal?.code).toBe('value-too-large');
  });

  it('sub-processes inside each other end at the depth of calls', () => {
    const subs = Array.from(
      { length: LIMITS.callDepth + 1 },
      (_, level) => `{ id: s${level}, subProcess: {}${level === 0 ? '' : `, in: s${level - 1}`} }`,
    );
    const play = new Play(`process: limit\nnodes: [${subs.join(', ')}, { id: A, in: s${LIMITS.callDepth}, ${TASK} }]\nflows: []\n`);
    expect(play.incidents).toMatch(/^s\d+: call-too-deep$/u);
  });
});
