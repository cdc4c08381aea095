import { compileForAnalysis } from '../../engine/compile/compile';
import type { Finding } from '../../engine/compile/deployment';
import { formatFinding } from '../../engine/language/finding';
import { ports } from '../language/definition-files';
import { processorMs } from '../setup/processor-time';
import { hostileFiles, sourceOf } from './files';

describe('a hostile file', () => {
  it('is one of many', () => {
    expect(hostileFiles.length).toBeGreaterThanOrEqual(100);
    expect(new Set(hostileFiles.map(({ name }) => name)).size).toBe(hostileFiles.length);
  });

  it.each(hostileFiles.map((file) => [file.name, file] as const))('[L1.2] %s: is read and compiled without harm', (_, file) => {
    let findings: Finding[] = [];
    const ms = processorMs(() => {
      ({ findings } = compileForAnalysis([sourceOf(file)], ports));
    });
    expect(ms).toBeLessThan(8_000);
    const lines = findings.map(formatFinding);
    if (file.rule !== undefined) expect([...new Set(findings.map(({ rule }) => rule))]).toContain(file.rule);
    expect(lines.filter((line) => line.length > 1_300 || line.includes('\n'))).toEqual([]);
    expect(findings.length).toBeLessThanOrEqual(2_500);
  });

  it('[L1.2] leaves the prototype as it is', () => {
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });
});
