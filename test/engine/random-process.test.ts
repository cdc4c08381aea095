import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { playOut } from './random-play';

/** Seeds of runs that failed before; each is played again first. */
const seeds = JSON.parse(readFileSync(path.join(__dirname, 'seeds.json'), 'utf8')) as number[];
const numRuns = Number(process.env.FUZZ_RUNS ?? 300);

describe('random processes, with everything that people do in them', () => {
  it('that failed before do not any more', () => {
    for (const seed of seeds) playOut(seed);
  });

  it(
    'keep a sound state, survive a crash after every step, and can always come to their end',
    () => {
      fc.assert(fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), playOut), { numRuns, endOnFailure: true });
    },
    60_000 + numRuns * 100,
  );
});
