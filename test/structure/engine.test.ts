import { textOf } from './sources';

const builders = textOf('test/engine/graph.ts');
const drawing = textOf('test/engine/random-process.ts');
const table = /^const BEHAVIOURS: .*\n([\s\S]*?)\n\};/mu.exec(textOf('engine/runtime/behaviours.ts'))?.[1] ?? '';
const kinds = [...table.matchAll(/^ {2}(\w+)(?:: |,$)/gmu)].map((match) => match[1] as string);

describe('every kind of node', () => {
  it('is found here', () => {
    expect(kinds).toContain('userTask');
    expect(kinds.length).toBeGreaterThan(8);
  });

  it.each(kinds)('%s has a builder for tests', (kind) => {
    expect(builders).toContain(`'${kind}'`);
  });

  // every drawing has its end from the start
  it('but the end is drawn in random processes', () => {
    const names = [...builders.matchAll(/^export const ([a-z]\w*) = \(/gmu)]
      .map((match) => match[1] as string)
      .filter((name) => name !== 'end');
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\(`, 'u').test(drawing))).toEqual([]);
  });
});
