import { drawn, Play, TASK, tasks } from './play';

describe('[L15.7] [L6.8] escalations thrown by who handles one', () => {
  const nodes = (outer: string, last: string) => `
  - { id: S, subProcess: {} }
  - { id: work, in: S, ${TASK} }
  - { id: warn, in: S, throwEvent: { escalation: { code: late } } }
  - { id: rest, in: S, ${TASK} }
  - { id: E, in: S, subProcess: { event: true } }
  - { id: warned, in: E, startEvent: { escalation: { code: late }, interrupting: false } }
  - { id: look, in: E, ${TASK} }
  - { id: further, in: E, endEvent: { escalation: { code: late } } }
${outer}
${tasks(last)}`;
  const flows = 'work -> warn; warn -> rest; warned -> look; look -> further';

  it('an event sub-process does not catch what is thrown inside of it: a boundary event further out does', () => {
    const outer = '  - { id: out, boundaryEvent: { attachedTo: S, interrupting: false, escalation: { code: late } } }';
    const play = new Play(drawn(nodes(outer, 'boss'), `${flows}; out -> boss`)).do('work');
    expect(play.open).toBe('look rest');
    expect(play.do('look').open).toBe('boss rest');
    expect(play.do('boss', 'rest').status).toBe('completed');
  });

  it('nor where nothing is further out: it then ends by itself', () => {
    const play = new Play(drawn(nodes('', 'boss').replace(/\n.*id: boss.*/u, ''), flows)).do('work', 'look');
    expect([play.open, play.incidents]).toEqual(['rest', '']);
  });
});

describe('[L15.6] gateways as published models use them', () => {
  it('a fork inside of a fork joins twice', () => {
    const nodes = `
  - { id: f, parallelGateway: {} }
  - { id: g, parallelGateway: {} }
  - { id: inner, parallelGateway: {} }
  - { id: outer, parallelGateway: {} }
${tasks('a', 'b', 'b1', 'b2', 'c')}`;
    const play = new Play(
      drawn(nodes, 'f -> a; f -> b; b -> g; g -> b1; g -> b2; b1 -> inner; b2 -> inner; a -> outer; inner -> outer; outer -> c'),
    );
    expect(play.do('b').open).toBe('a b1 b2');
    expect(play.do('b1', 'a').open).toBe('b2');
    expect(play.do('b2').open).toBe('c');
  });

  it('an inclusive join does not wait for a token behind it, nor for one that ended elsewhere', () => {
    const nodes = `
  - { id: f, parallelGateway: {} }
  - { id: join, inclusiveGateway: {} }
  - { id: choose, exclusiveGateway: { default: choose>gone } }
  - { id: gone, endEvent: {} }
${tasks('a', 'b', 'after')}`;
    const more = 'variables: { up: { type: boolean, default: false } }\n';
    const flows = 'f -> a; f -> b; a -> join; b -> choose; choose -> join ? up; choose -> gone; join -> after';
    const play = new Play(drawn(nodes, flows, more)).do('a');
    expect(play.open).toBe('b');
    expect(play.do('b').open).toBe('after');
    expect(play.do('after').status).toBe('completed');
  });

  it('an inclusive join in each instance of a repeated sub-process waits for its own instance alone', () => {
    const nodes = `
  - { id: each, forEach: { count: 2 }, subProcess: {} }
  - { id: f, in: each, inclusiveGateway: {} }
  - { id: a, in: each, ${TASK} }
  - { id: b, in: each, ${TASK} }
  - { id: join, in: each, inclusiveGateway: {} }
  - { id: c, in: each, ${TASK} }`;
    const play = new Play(drawn(nodes, 'f -> a; f -> b; a -> join; b -> join; join -> c'));
    expect(play.do('a', 'b').open).toBe('a b c');
    expect(play.do('a', 'b', 'c', 'c').status).toBe('completed');
  });
});

describe('[L15.4] [L15.5] ends as published models use them', () => {
  it('a terminating end ends its instance of a repeated sub-process, not its siblings', () => {
    const nodes = `
  - { id: each, forEach: { count: 2 }, subProcess: {} }
  - { id: f, in: each, parallelGateway: {} }
  - { id: a, in: each, ${TASK} }
  - { id: b, in: each, ${TASK} }
  - { id: stop, in: each, endEvent: { terminate: true } }
${tasks('after')}`;
    const play = new Play(drawn(nodes, 'f -> a; f -> b; a -> stop; each -> after'));
    expect(play.do('a').open).toBe('a b');
    expect(play.do('a').open).toBe('after');
  });

  it('the boundary event that names the code goes before one that names none, whatever their order', () => {
    const nodes = `
  - { id: S, subProcess: {} }
  - { id: fail, in: S, endEvent: { error: { code: bad } } }
  - { id: try, in: S, ${TASK} }
  - { id: any, boundaryEvent: { attachedTo: S, error: {} } }
  - { id: bad, boundaryEvent: { attachedTo: S, error: { code: bad } } }
${tasks('general', 'particular')}`;
    expect(new Play(drawn(nodes, 'try -> fail; any -> general; bad -> particular')).do('try').open).toBe('particular');
  });

  it('a cancelled inner transaction leaves the outer one as it was', () => {
    const nodes = `
  - { id: outer, subProcess: { transaction: true } }
  - { id: book, in: outer, ${TASK} }
  - { id: book-undo, in: outer, boundaryEvent: { attachedTo: book, compensation: { handler: unbook } } }
  - { id: unbook, in: outer, ${TASK} }
  - { id: tx, in: outer, subProcess: { transaction: true } }
  - { id: hold, in: tx, ${TASK} }
  - { id: hold-undo, in: tx, boundaryEvent: { attachedTo: hold, compensation: { handler: unhold } } }
  - { id: unhold, in: tx, ${TASK} }
  - { id: stop, in: tx, endEvent: { cancel: true } }
  - { id: lost, in: outer, boundaryEvent: { attachedTo: tx, cancel: true } }
  - { id: instead, in: outer, ${TASK} }`;
    const play = new Play(drawn(nodes, 'book -> tx; hold -> stop; lost -> instead')).do('book', 'hold');
    expect(play.open).toBe('unhold');
    expect(play.do('unhold').open).toBe('instead');
    expect(play.do('instead').status).toBe('completed');
  });
});

describe('[L15.4] [L6.4] an end that ends the whole case', () => {
  const called = (terminate: string) => `process: inner\nnodes:
  - { id: fork, parallelGateway: {} }
  - { id: left, ${TASK} }
  - { id: right, ${TASK} }
  - { id: stop, endEvent: { name: stopped, terminate: ${terminate} } }
flows:
  - { from: fork, to: left }
  - { from: fork, to: right }
  - { from: left, to: stop }
`;
  const nodes = `
  - { id: f, parallelGateway: {} }
  - { id: each, forEach: { count: 2 }, subProcess: {} }
  - { id: call, in: each, callActivity: { process: inner } }
${tasks('beside', 'after')}`;
  const play = (terminate: string) => new Play(drawn(nodes, 'f -> each; f -> beside; each -> after'), {}, [called(terminate)]);

  it('with "all" nothing is left of what called its process', () => {
    const all = play('all').do('left');
    expect([all.status, all.open, Object.keys(all.simulator.state.tokens)]).toEqual(['completed stopped', '', []]);
  });

  it('with "true" only its process ends', () => {
    expect(play('true').do('left').open).toBe('beside left right');
  });
});

describe('[L15.5] [L6.5] [L2.5] events that set variables when they happen', () => {
  it('an error and an escalation give their code and message', () => {
    const nodes = `
  - { id: S, subProcess: {} }
  - { id: work, in: S, ${TASK} }
  - { id: warn, in: S, throwEvent: { escalation: { code: late } } }
  - { id: rest, in: S, ${TASK} }
  - { id: fail, in: S, endEvent: { error: { code: bad, message: ="gone " + string(1 + 1) } } }
  - { id: was-late, boundaryEvent: { attachedTo: S, escalation: {}, interrupting: false, output: { how: =was_late.code } } }
  - { id: broken, boundaryEvent: { attachedTo: S, error: {}, output: { what: =broken.code, why: =broken.message } } }
${tasks('repair', 'boss')}`;
    const play = new Play(drawn(nodes, 'work -> warn; warn -> rest; rest -> fail; was-late -> boss; broken -> repair')).do('work', 'rest');
    expect([play.open, play.incidents]).toEqual(['boss repair', '']);
    const { how, what, why } = Object.values(play.simulator.state.scopes)[0]?.variables ?? {};
    expect([how, what, why]).toEqual(['late', 'bad', 'gone 2']);
  });

  it('what a message and a signal bring goes on, and an event sub-process begins with it', () => {
    const nodes = `
  - { id: hear, catchEvent: { message: { name: said, key: ="k" }, output: { word: =upper case(hear.text) } } }
  - { id: E, subProcess: { event: true, variables: { loud: { type: string } } } }
  - { id: rang, in: E, startEvent: { signal: bell, output: { loud: =rang.tone + "!" } } }
  - { id: look, in: E, ${TASK} }
${tasks('after')}`;
    const play = new Play(drawn(nodes, 'hear -> after; rang -> look'));
    expect(play.message('said', 'k', { text: 'yes' })).toBeUndefined();
    expect(play.signal('bell', { tone: 'high' })).toBeUndefined();
    const scopes = Object.values(play.simulator.state.scopes);
    expect([play.open, scopes[0]?.variables['word'], scopes[1]?.variables['loud']]).toEqual(['look', 'YES', 'high!']);
  });
});
