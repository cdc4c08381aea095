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
