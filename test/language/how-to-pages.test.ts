import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { compileForTest } from '../../engine/compile/compile-for-test';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario, type Scenario } from '../../engine/language/scenario';
import { createSimulator } from '../../engine/simulate/simulator';
import { findingsOf, processAround } from './compile-steps';
import { definitionsFolder, filesIn, ports } from './definition-files';

const folder = join(__dirname, '..', '..', 'docs', 'how-to');
const pages = ['add-a-step', 'add-a-form', 'add-a-decision', 'add-a-dealership', 'use-a-connector', 'write-an-overlay'];

/** How the scenarios begin of which a page shows steps. */
const head = 'scenario: s\nprocess: example\nstart: { order: { number: SO-1, price: "500000.00" } }\nsteps:\n';

/** The blocks of YAML of a page, without the indentation of the list in which they stand. */
function snippetsOf(page: string): string[] {
  const text = readFileSync(join(folder, `${page}.md`), 'utf8');
  return [...text.matchAll(/^( *)```yaml\n([\s\S]*?)^\1```$/gmu)].map(([, indent = '', body = '']) =>
    body.replace(new RegExp(`^${indent}`, 'gmu'), ''),
  );
}

/** True for steps of a scenario: they do something, and have no id. */
const isPlayed = (text: string): boolean => text.startsWith('- ') && !('id' in ((parse(text) as object[])[0] ?? {}));

describe.each(pages)('%s', (page) => {
  const snippets = snippetsOf(page);

  it('has examples that compile together', () => {
    const documents = snippets.filter((text) => !isPlayed(text)).map((text) => (text.startsWith('- ') ? processAround(text) : text));
    expect(documents.length).toBeGreaterThan(0);
    expect(findingsOf(...documents)).toEqual([]);
  });

  it('has steps of scenarios that its examples pass', async () => {
    const documents = snippets.filter((text) => !isPlayed(text)).map((text) => (text.startsWith('- ') ? processAround(text) : text));
    const shipped = filesIn(definitionsFolder).filter(({ path }) => path.startsWith('base/') && !path.includes('.scenarios/'));
    const files = [...shipped, ...documents.map((text, index) => ({ path: `${index}.yaml`, text }))];
    for (const steps of snippets.filter(isPlayed)) {
      const text = `${head}${steps.replaceAll('@tianhe', '@test').replace(/^/gmu, '  ').trimEnd()}\n`;
      const { scenario, findings } = readScenario({ path: 's.yaml', text });
      expect(findings).toEqual([]);
      const dealership = compileForTest(files, ports).dealerships['test'] as CompiledDealership;
      expect((await runScenario(scenario as Scenario, dealership, createSimulator(dealership))).failures).toEqual([]);
    }
  });

  it('says what catches an omission', () => {
    const text = readFileSync(join(folder, `${page}.md`), 'utf8');
    expect(text).toMatch(/^1\. /mu);
    expect(text).toMatch(/neiqin\.js check|\.test\.ts/u);
  });
});
