import { Checker } from '../../engine/analyse/check';
import { ports } from '../language/definition-files';

/** The rules that find something in a process of these steps. */
function rulesOf(steps: string, variables = ''): string[] {
  const { findings } = new Checker(ports).check([{ path: 'p.yaml', text: `process: p\nvariables: { ${variables} }\nsteps:\n${steps}` }]);
  return [...new Set(findings.map(({ rule }) => rule))];
}

const task = (id: string): string => `{ id: ${id}, userTask: { assign: { roles: [clerk] } } }`;
const choice = (
  n: number,
  outcome: string,
): string => `  - { id: ask${n}, userTask: { assign: { roles: [clerk] }, outcomes: [accept, refuse] } }
  - { id: file${n}, if: '=${outcome} = "refuse"', userTask: { assign: { roles: [clerk] } } }
`;

describe('[L1.8] large processes are looked at to the end', () => {
  it('many choices one after another, each read once', () => {
    const steps = Array.from({ length: 60 }, (_, n) => choice(n, `ask${n}.outcome`)).join('');
    expect(rulesOf(`${steps}  - { id: done, end: done }\n`)).toEqual([]);
  });

  it('a choice that is read later still decides', () => {
    const middle = Array.from({ length: 10 }, (_, n) => `  - ${task(`step${n}`)}\n`).join('');
    const stuck = `  - { id: stuck, if: '=ask0.outcome = "refuse"', waitFor: =false }\n`;
    expect(rulesOf(`${choice(0, 'ask0.outcome')}${middle}${stuck}`)).toContain('deadlock');
    const after = `  - { id: both, exclusive: [{ id: refused, when: '=ask0.outcome = "refuse"', do: [${task('tell')}] }, { id: accepted, default: true, do: [${task('thank')}] }] }\n`;
    expect(rulesOf(`${choice(0, 'ask0.outcome')}${middle}${after}`)).toEqual([]);
  });

  it('a choice that a loop reads again', () => {
    const steps = `${choice(0, 'ask0.outcome')}  - ${task('wash')}
  - { id: again, exclusive: [{ id: back, when: '=ask0.outcome = "refuse"', next: ask0 }, { id: ahead, default: true }] }
  - { id: never, if: '=ask0.outcome = "refuse"', userTask: { assign: { roles: [clerk] } } }
`;
    expect(rulesOf(steps)).toEqual(['step-never-runs']);
  });
});
