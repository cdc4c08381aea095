import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { playPattern } from './play';

type Support = 'native' | 'workaround' | 'none';
const score = parse(readFileSync(path.join(__dirname, 'score.yaml'), 'utf8')) as Record<string, { support: Support; reason?: string }>;
const folders = readdirSync(__dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

describe('the workflow control-flow patterns', () => {
  it.each(folders)('%s plays as its statement says', async (folder) => {
    const { played, wrong } = await playPattern(folder);
    expect(wrong).toEqual([]);
    expect(played).toBeGreaterThan(0);
  });

  it('are all 43, and the score says how each is supported', () => {
    const numbers = Array.from({ length: 43 }, (_, index) => `wcp${String(index + 1).padStart(2, '0')}`);
    expect(Object.keys(score)).toEqual(numbers);
    const supported = Object.entries(score).filter(([, { support }]) => support !== 'none');
    expect(folders.map((folder) => folder.split('-')[0])).toEqual(supported.map(([number]) => number));
    const unreasoned = Object.entries(score).filter(([, { support, reason }]) => support !== 'native' && (reason ?? '') === '');
    expect(unreasoned).toEqual([]);
  });
});
