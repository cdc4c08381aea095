import { patternOf, playPage } from './played-page';

describe.each(['tutorial.md', 'tutorial.zh.md'])('%s', (page) => {
  it('shows what its commands answer', async () => {
    const played = await playPage(page);
    expect(played.length).toBeGreaterThan(20);
    for (const { command, shown, actual } of played) {
      const fits = patternOf(shown).test(actual);
      expect({ command, answer: actual }).toEqual({ command, answer: fits ? actual : shown });
    }
  }, 60_000);
});

describe('what a page shows', () => {
  it.each([
    ['1 passed (12 ms)', '1 passed (340 ms)', true],
    ['1 passed (12 ms)', '2 passed (12 ms)', false],
    ['one\n…\nfour', 'one\ntwo\nthree\nfour', true],
    ['one\n…', 'one', true],
    ['one\n…\nfour', 'two\nfour', false],
    ['', '', true],
    ['', 'something', false],
    ['one', '', false],
  ])('%j holds for %j: %s', (shown, actual, holds) => {
    expect(patternOf(shown).test(actual)).toBe(holds);
  });
});
