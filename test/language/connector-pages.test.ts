import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONNECTOR_SIGNATURES } from '../../engine/connectors/catalogue';
import type { JsonObject } from '../../engine/json';
import { findingsOf, processAround } from './compile-steps';

const folder = join(__dirname, '..', '..', 'docs', 'connectors');
const textOf = (page: string): string => readFileSync(join(folder, page), 'utf8');
const propertiesOf = (schema: JsonObject): string[] => Object.keys((schema['properties'] ?? {}) as JsonObject);

/** What the table under a heading names. */
function namedUnder(page: string, heading: string): string[] {
  const part = page.split(/^## /mu).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...part.matchAll(/^\| `([^`]+)`/gmu)].map((match) => match[1] as string);
}

const examplesOf = (name: string): string[] =>
  [...textOf(`${name}.md`).matchAll(/^```yaml\n([\s\S]*?)^```$/gmu)].map((match) => match[1] as string);

it('[L26.2] every connector has a page, in the index too', () => {
  const pages = readdirSync(folder).filter((file) => file !== 'README.md');
  expect(pages.sort()).toEqual([...CONNECTOR_SIGNATURES.keys()].map((name) => `${name}.md`).sort());
  const listed = [...textOf('README.md').matchAll(/^- \[([\w.]+)\]\(\1\.md\): \S/gmu)].map((match) => `${match[1]}.md`);
  expect(listed.sort()).toEqual(pages);
});

describe.each([...CONNECTOR_SIGNATURES])('the page of %s', (name, { input, output, errors }) => {
  const page = textOf(`${name}.md`);

  it('[L26.2] names what it takes, what it gives and its errors', () => {
    const named = [namedUnder(page, 'Input'), namedUnder(page, 'Result'), namedUnder(page, 'Errors')].map((names) => names.sort());
    expect(named).toEqual([propertiesOf(input).sort(), propertiesOf(output).sort(), [...errors].sort()]);
    const required = ((input['required'] ?? []) as string[]).filter((key) => page.includes(`\`${key}\` (may be left out)`));
    expect(required).toEqual([]);
  });

  it('[L26.2] says what happens when it is done again, and has an example', () => {
    expect(page).toMatch(/^## Again\n\n\S/mu);
    expect(examplesOf(name)).toEqual([expect.stringContaining(`connector: ${name}`)]);
  });
});

it('[L26.2] the examples compile', () => {
  const processes = [...CONNECTOR_SIGNATURES.keys()].flatMap((name) =>
    examplesOf(name).map((example) => processAround(example, `example-of-${name.toLowerCase().replace('.', '-')}`)),
  );
  expect(findingsOf(...processes)).toEqual([]);
});
