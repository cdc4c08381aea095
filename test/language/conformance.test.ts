import { readFileSync } from 'node:fs';
import { type ConformanceScore, runSuite, scorePath } from '../../cli/conformance';

const committed = JSON.parse(readFileSync(scorePath, 'utf8')) as ConformanceScore;
const fresh = runSuite();

describe('conformance to DMN', () => {
  it('[L18.1] is at least 97 % of the literal expressions, and every failure has its reason', () => {
    expect(committed.passed / committed.total).toBeGreaterThanOrEqual(0.97);
    expect(Object.keys(committed.failures)).toHaveLength(committed.total - committed.passed);
    for (const reason of Object.values(committed.failures)) expect(reason).toMatch(/^[^:\n]{10,}: /u);
  });

  (fresh === undefined ? it.skip : it)('is as committed where the suite is present', () => expect(fresh).toEqual(committed));
});
