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

it('[L1.8] a search that runs out of time in the midst of a step tells nothing that is not so', () => {
  const text = `process: p
variables: { turn: { type: integer, default: 0 } }
steps:
  - { id: ask, userTask: { assign: { roles: [clerk] }, outcomes: [further, enough] } }
  - id: kind
    exclusive:
      - { id: further, when: =ask.outcome = "further", do: [{ id: look, userTask: { assign: { roles: [clerk] } } }], next: ask }
      - { id: enough, default: true }
  - id: size
    exclusive:
      - { id: large, when: =turn > 3, do: [{ id: wait, timer: { after: PT1H } }] }
      - { id: small, default: true }
  - { id: file, userTask: { assign: { roles: [clerk] } } }
`;
  const found = new Set<string>();
  for (let ms = 0; ms < 80; ms += 1) {
    let asked = 0;
    const { findings } = new Checker(ports).check([{ path: 'p.yaml', text }], { ms, clock: () => (asked += 1) });
    for (const { rule } of findings) found.add(rule);
  }
  expect([...found]).toEqual(['search-incomplete']);
});
