import { checkFormData } from '../../engine/language/form-data';
import { compileTexts } from '../language/compile-steps';
import { BOSS, Play, TASK } from './play';

const HEAD = `process: p
variables:
  price: { type: string, format: money, minimum: 0, maximum: 1000 }
  order: { type: object, required: [number], properties: { number: { type: string, minLength: 2 } } }
  answer: { type: object, properties: { grade: { type: string, enum: [good, bad] } } }
  turn: { type: integer, default: 0 }
  tags: { type: array, uniqueItems: true, maxItems: 2, items: { type: string } }
`;
const play = (steps: string, variables = {}, others: string[] = []) => new Play(`${HEAD}steps:\n${steps}\n`, variables, others);
const told = (one: Play): string[] =>
  Object.values(one.simulator.state.incidents).map(({ node, code, message }) => `${node}: ${code}: ${message}`);
const resolve = (one: Play, variables = {}) => {
  const incidentKey = Object.values(one.simulator.state.incidents)[0]?.key ?? '';
  return one.simulator.apply({ type: 'resolveIncident', actor: BOSS, incidentKey, variables });
};

describe('[L2.3] whatever a variable is given keeps its schema', () => {
  it('what a case starts with', () => {
    expect(() => play(`  - { id: a, ${TASK} }`, { price: '1000.01' })).toThrow(
      /value-invalid.*"price\\" has to be at most 1000, and is \\"1000.01/u,
    );
    expect(() => play(`  - { id: a, ${TASK} }`, { order: { number: 'A' } })).toThrow(/order.number/u);
    expect(play(`  - { id: a, ${TASK} }`, { order: { number: 'AB' }, price: null }).open).toBe('a');
  });

  it('variables set by hand, which change nothing where one does not fit', () => {
    const one = play(`  - { id: a, ${TASK} }`, { price: '10.00' });
    expect(() => one.set({ turn: 2, price: '-1.00' })).toThrow('value-invalid: "price" has to be at least 0, and is "-1.00"');
    expect([one.variable('turn'), one.variable('price')]).toEqual([0, '10.00']);
  });

  it('a script, which sets nothing and goes on when it is mended', () => {
    const twice = 'turn: =turn + 1, tags: [=string(turn), =string(turn)]';
    const one = play(`  - { id: a, scriptTask: { set: { ${twice} } } }\n  - { id: b, waitFor: =turn > 5 }`);
    expect(told(one)).toEqual(['a: value-invalid: "tags" has to hold no item twice, and item 2 repeats "1"']);
    expect(one.variable('turn')).toBe(0);
    const two = play('  - { id: a, scriptTask: { set: { turn: =turn + 1, price: =price - 500 } } }\n  - { id: b, waitFor: =turn > 5 }', {
      price: '10.00',
    });
    expect(told(two)).toEqual(['a: value-invalid: "price" has to be at least 0, and is "-490.00"']);
    expect(resolve(two, { price: '500.00' })).toBeUndefined();
    expect([two.variable('turn'), two.variable('price'), two.incidents]).toEqual([1, '0.00', '']);
  });

  it('the data of a form', () => {
    const one = play('  - { id: a, userTask: { assign: { roles: [clerk] }, form: f, outcomes: [x], result: order } }', {}, [
      'form: f\nschema: { type: object, properties: { number: { type: string } } }\n',
    ]);
    expect(() => one.complete('a', { number: 'A' }, 'x')).toThrow(
      'value-invalid: "order.number" has to be at least 2 characters long, and is "A"',
    );
    expect(one.complete('a', { number: 'AB' }, 'x').variable('order')).toEqual({ number: 'AB', outcome: 'x' });
  });

  it('what a called process and a sub-process receive and give', () => {
    const called =
      'process: q\nvariables: { n: { type: integer, maximum: 3 } }\nsteps: [{ id: in, scriptTask: { set: { n: =n } } }]\nresult: =n\n';
    const one = play('  - { id: call, callActivity: { process: q, input: { n: =turn + 4 } } }', {}, [called]);
    expect(told(one)).toEqual(['call: value-invalid: "n" has to be at most 3, and is 4']);
    const inner = 'variables: { m: { type: integer, maximum: 3 } }';
    const two = play(`  - { id: sub, subProcess: { ${inner}, input: { m: =turn + 4 }, steps: [{ id: b, ${TASK} }] } }`);
    expect(told(two)).toEqual(['sub: value-invalid: "m" has to be at most 3, and is 4']);
    const three = play(`  - { id: sub, subProcess: { steps: [{ id: b, ${TASK} }], output: { tags: '=["a", "a"]' } } }`).do('b');
    expect(told(three)[0]).toContain('value-invalid: "tags" has to hold no item twice');
  });

  it('an answer of a connector, which is asked again', () => {
    const one = play('  - { id: ask, serviceTask: { connector: system.noop, result: answer } }\n  - { id: b, waitFor: =turn > 5 }');
    one.answer('ask', { grade: 'middling' });
    expect(told(one)).toEqual(['ask: value-invalid: "answer.grade" has to be one of "good", "bad", and is "middling"']);
    expect(resolve(one)).toBeUndefined();
    one.answer('ask', { grade: 'good' });
    expect([one.variable('answer'), one.incidents]).toEqual([{ grade: 'good' }, '']);
  });

  it('a message, after which the next one is awaited', () => {
    const one = play('  - { id: m, message: { name: m }, result: answer }\n  - { id: b, waitFor: =turn > 5 }');
    expect(one.message('m', 'SO-1', { grade: 5 })).toBeUndefined();
    expect(told(one)).toEqual(['m: value-invalid: "answer.grade" has to be a text, and is 5']);
    resolve(one);
    one.message('m', 'SO-1', { grade: 'bad' });
    expect([one.variable('answer'), one.incidents]).toEqual([{ grade: 'bad' }, '']);
  });

  it('a message of a boundary event, a gateway and an event sub-process, each of which stays armed', () => {
    const boundary = play(
      `  - id: a\n    ${TASK}\n    boundary: [{ id: m, message: { name: m }, result: answer, do: [{ id: c, ${TASK} }] }]`,
    );
    boundary.message('m', 'SO-1', { grade: 5 });
    expect([boundary.open, boundary.incidents]).toEqual(['a', 'a: value-invalid']);
    boundary.message('m', 'SO-1', { grade: 'bad' });
    expect([boundary.open, boundary.incidents]).toEqual(['c', '']);

    const gateway = play(
      `  - id: g\n    eventBased:\n      - { id: m, message: { name: m }, result: answer, do: [{ id: c, ${TASK} }] }\n      - { id: t, timer: { after: PT1H } }`,
    );
    gateway.message('m', 'SO-1', { grade: 5 });
    expect(gateway.incidents).toBe('g: value-invalid');
    resolve(gateway);
    gateway.message('m', 'SO-1', { grade: 'bad' });
    expect([gateway.open, gateway.incidents]).toEqual(['c', '']);

    const event = play(`  - { id: a, ${TASK} }\neventSubProcesses:\n  - { id: e, signal: s, result: answer, steps: [{ id: c, ${TASK} }] }`);
    event.signal('s', { grade: 5 });
    expect([event.open, event.incidents]).toEqual(['a', 'e: value-invalid']);
    resolve(event);
    event.signal('s', { grade: 'good' });
    expect([event.open, event.incidents]).toEqual(['c', '']);
  });

  it('an item that is added to a list that runs', () => {
    const one = new Play(
      `process: p\nvariables: { sizes: { type: array, items: { type: integer, maximum: 9 }, default: [1] } }\nsteps:\n  - { id: a, forEach: { in: =sizes, as: size }, ${TASK} }\n`,
    );
    const add = (item: number | string) => one.simulator.apply({ type: 'addInstance', actor: BOSS, elementId: 'a', item })?.message;
    expect(add('x')).toBe('"item" has to be a whole number, and is "x"');
    expect(add(10)).toBe('"item" has to be at most 9, and is 10');
    expect(add(9)).toBeUndefined();
  });

  it('what comes to a variable that no document declares may be anything', () => {
    const one = play('  - { id: ask, serviceTask: { connector: system.noop } }\n  - { id: b, waitFor: =turn > 5 }').answer(
      'ask',
      'garbled',
    );
    expect([one.variable('ask'), one.incidents]).toEqual(['garbled', '']);
  });
});

describe('[L2.3] the compiler', () => {
  const findings = (variables: string, steps = '[{ id: a, end: x }]') =>
    compileTexts(`process: p\nvariables: ${variables}\nsteps: ${steps}`).findings.map(({ rule, message }) => `${rule}: ${message}`);

  it.each([
    ['{ n: { type: integer, minimum: 1, default: 0 } }', 'value-misfit: "default" has to be at least 1, and is 0'],
    ['{ n: { $ref: form:f, default: { x: 1 } } }', 'unknown-form'],
    ['{ n: { type: string, enum: [a, 5] } }', 'value-misfit: "enum[2]" has to be a text, and is 5'],
    ['{ n: { type: string, const: 5 } }', 'value-misfit: "const" has to be a text, and is 5'],
    ['{ n: { type: number, minimum: 5, maximum: 4 } }', 'nothing-fits: no value fits: "minimum" is 5, and "maximum" is 4'],
    ['{ n: { type: array, minItems: 3, maxItems: 2 } }', 'nothing-fits: no value fits: "minItems" is 3, and "maxItems" is 2'],
    ['{ n: { type: number, minLength: 5 } }', 'keyword-without-effect: "minLength" says nothing of values of type number'],
    ['{ n: { type: object, required: [b], properties: { a: {} } } }', 'unknown-field: "n" has no field "b", which it requires'],
    ['{ n: { type: number, format: money } }', 'money-type: an amount of money is a text'],
  ])('tells of %s', (variables, message) => {
    expect(findings(variables)).toContainEqual(expect.stringContaining(message));
  });

  it('tells of a list that is collected and could never begin', () => {
    const step = '[{ id: a, forEach: { count: 2, collect: { n: =loopCounter } }, userTask: { assign: { roles: [clerk] } } }]';
    expect(findings('{ n: { type: array, minItems: 1 } }', step)).toContainEqual(expect.stringContaining('collected-min-items'));
  });

  it('tells of a value that a script sets and that is known', () => {
    const set = (what: string) =>
      findings('{ n: { type: integer, maximum: 5 }, d: { type: string, format: date } }', `[{ id: a, scriptTask: { set: { ${what} } } }]`);
    expect(set('n: 6')).toEqual(['value-misfit: "n" has to be at most 5, and is 6']);
    expect(set('n: =2 * 3')).toEqual(['value-misfit: "n" has to be at most 5, and is 6']);
    expect(set('d: 2026-02-30')).toEqual([expect.stringContaining('value-misfit: ')]);
    expect(set('n: 5, d: =today()')).toEqual([]);
  });

  it('holds a default to the form that it refers to', () => {
    const form = 'form: f\nschema: { type: object, required: [x], properties: { x: { type: integer } } }\n';
    const process = 'process: p\nvariables: { n: { $ref: form:f, default: { x: a } } }\nsteps: [{ id: a, end: x }]';
    expect(compileTexts(process, form).findings.map(({ message }) => message)).toContain(
      '"default.x" has to be a whole number, and is "a"',
    );
  });
});

describe('[L7.1] a form', () => {
  it('holds amounts of money and numbers to bounds in exact decimals', () => {
    const properties = {
      price: { type: 'string', format: 'money', minimum: 100, multipleOf: 0.05 },
      share: { type: 'number', multipleOf: 0.1 },
    };
    const check = (data: Record<string, unknown>) =>
      checkFormData({ type: 'object', properties }, data, 'en').map(({ pointer, code, message }) => `${pointer} ${code} ${message}`);
    expect(check({ price: '99.95', share: 0.3 })).toEqual(['/price minimum must be >= 100']);
    expect(check({ price: '100.02', share: 0.35 })).toEqual([
      '/price multiple-of must be a multiple of 0.05',
      '/share multiple-of must be a multiple of 0.1',
    ]);
    expect(check({ price: '100.00', share: 0.7 })).toEqual([]);
  });
});
