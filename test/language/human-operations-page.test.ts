import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compileForTest } from '../../engine/compile/compile-for-test';
import { formatFinding } from '../../engine/language/finding';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario, TEST_DEALERSHIP } from '../../engine/language/scenario';
import { createSimulator } from '../../engine/simulate/simulator';
import { ports } from './definition-files';

const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'language.md'), 'utf8');
const section = /^## 17\. [\s\S]*?(?=^## 18\. )/mu.exec(page)?.[0] ?? '';
const parts = section.split(/^### /mu).slice(1);
const textsOf = (part: string) => [...part.matchAll(/^```yaml\n([\s\S]*?)^```$/gmu)].map((match) => match[1] as string);
const processes = parts
  .flatMap(textsOf)
  .filter((text) => text.startsWith('process:'))
  .map((text, index) => ({ path: `process-${index}.yaml`, text }));

describe('what people do, by the examples of the page', () => {
  it.each(parts.map((part) => [/^[\d.]+/u.exec(part)?.[0] as string, part] as const))(
    '[L%s] its scenarios go as written',
    async (_number, part) => {
      const { findings, dealerships } = compileForTest(processes, ports);
      expect(findings.filter(({ severity }) => severity === 'error').map(formatFinding)).toEqual([]);
      const scenarios = textsOf(part).filter((text) => text.startsWith('scenario:'));
      expect(scenarios).not.toEqual([]);
      for (const text of scenarios) {
        const { scenario, findings: unread } = readScenario({ path: 'scenario.yaml', text });
        expect(unread.map(formatFinding)).toEqual([]);
        const dealership = dealerships[TEST_DEALERSHIP];
        if (scenario === undefined || dealership === undefined) throw new Error('there is no scenario');
        const { failures } = await runScenario(scenario, dealership, createSimulator(dealership));
        expect(failures.map(({ place, message, expected, actual }) => `${place.line}: ${message}: ${expected} | ${actual}`)).toEqual([]);
      }
    },
  );
});
