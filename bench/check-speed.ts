import { Checker } from '../engine/analyse/check';
import type { SourceFile } from '../engine/compile/deployment';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';

/** How long a check takes in milliseconds: the median of several, warm, and after an edit in one step. */
export interface CheckSpeed {
  steps: number;
  medianMs: number;
  afterEditMs: number;
  /** What the states of it were looked at: all, or as far as the bounds allow. */
  complete: boolean;
}

const ROUNDS = 9;
const SIZES = [50, 1_000];
/** Nodes of one block: tasks, a choice with a loop back, parallel tasks, a computation, a condition. A process has 1,000 nodes at most. */
const NODES_OF_BLOCK = 12;

/** Measures the check of processes of 50 and 1,000 steps, beside the definitions that are shipped. */
export function measureChecks(definitions: string): CheckSpeed[] {
  const shipped = readDefinitionFiles(definitions);
  return SIZES.map((steps) => measure(shipped, steps));
}

function measure(shipped: readonly SourceFile[], steps: number): CheckSpeed {
  const clock = () => performance.now();
  const timed = (check: () => void): number => {
    const began = clock();
    check();
    return clock() - began;
  };
  const warm = new Checker(compilePorts);
  let complete = true;
  const run = (checker: Checker, edit: number): void => {
    const files = [...shipped, { path: 'bench.yaml', text: processOf(steps, edit) }];
    const { findings } = checker.check(files, { clock });
    complete = !findings.some(({ rule }) => rule === 'search-incomplete');
    const error = findings.find(({ severity }) => severity === 'error');
    if (error !== undefined) throw new Error(`the process has an error: ${error.message}`);
  };
  run(warm, 0);
  const fresh = Array.from({ length: ROUNDS }, () => timed(() => run(new Checker(compilePorts), 0)));
  const edited = Array.from({ length: ROUNDS }, (_, index) => timed(() => run(warm, index + 1)));
  return { steps, medianMs: median(fresh), afterEditMs: median(edited), complete };
}

function processOf(steps: number, edit: number): string {
  const blocks = Array.from({ length: Math.floor((steps - 2) / NODES_OF_BLOCK) }, (_, index) => block(index));
  return `process: bench-check\ntitle: Edit ${edit}\nvariables: { turn: { type: integer, default: 0 } }\nsteps:\n${blocks.join('')}`;
}

function block(n: number): string {
  const task = (id: string): string => `{ id: ${id}${n}, userTask: { assign: { roles: [clerk] } } }`;
  return `  - { id: ask${n}, userTask: { assign: { roles: [clerk] }, outcomes: [accept, refuse, again] } }
  - id: choose${n}
    exclusive:
      - { id: refused${n}, when: =ask${n}.outcome = "refuse", do: [${task('explain')}, ${task('file')}] }
      - { id: again${n}, when: =ask${n}.outcome = "again", next: ask${n} }
      - { id: accepted${n}, default: true }
  - id: both${n}
    parallel:
      - { id: left${n}, do: [${task('wash')}] }
      - { id: right${n}, do: [${task('bill')}] }
  - { id: count${n}, scriptTask: { set: { turn: =turn + 1 } } }
  - { id: large${n}, if: =turn > 3, userTask: { assign: { roles: [sales-manager] } } }
  - { id: done${n}, task: {} }
`;
}

function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return Math.round(middle * 10) / 10;
}
