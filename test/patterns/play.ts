import path from 'node:path';
import { compileForTest } from '../../engine/compile/compile-for-test';
import { formatFinding } from '../../engine/language/finding';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario, TEST_DEALERSHIP } from '../../engine/language/scenario';
import { checkScenarioReferences } from '../../engine/language/scenario-references';
import { createSimulator } from '../../engine/simulate/simulator';
import { filesIn, ports } from '../language/definition-files';

/** Plays the scenarios of one pattern's folder; gives what went wrong, one a line, and how many were played. */
export async function playPattern(folder: string): Promise<{ played: number; wrong: string[] }> {
  const files = filesIn(path.join(__dirname, folder));
  const { findings, dealerships } = compileForTest(files, ports);
  const dealership = dealerships[TEST_DEALERSHIP];
  const wrong = findings.filter(({ severity }) => severity === 'error').map(formatFinding);
  let played = 0;
  for (const file of files) {
    const { scenario, findings: unread } = readScenario(file);
    wrong.push(...unread.map(formatFinding));
    if (scenario === undefined || dealership === undefined) continue;
    wrong.push(...checkScenarioReferences(scenario, dealerships).map(formatFinding));
    if (wrong.length > 0) continue;
    played += 1;
    const { failures } = await runScenario(scenario, dealership, createSimulator(dealership));
    wrong.push(
      ...failures.map(({ place, message, expected, actual }) => `${place.file}:${place.line}: ${message}: ${expected} | ${actual}`),
    );
  }
  return { played, wrong };
}
