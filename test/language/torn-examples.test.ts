import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import type { Json } from '../../engine/json';
import type { ProcessModel } from '../../engine/runtime/process-model';
import { compileTexts, processAround } from './compile-steps';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'language.md'), 'utf8');
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gmu)]
  .map((match) => match[1] as string)
  .map((text) => (text.startsWith('- ') ? processAround(text) : text))
  .filter((text) => text.startsWith('process: '));

/** All places in a document, the document itself left out. */
function placesIn(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => [[...path, key], ...placesIn((value as Record<string | number, Json>)[key] as Json, [...path, key])]);
}

/** The text of an example in which what stands in one place is taken out, or replaced by a copy of what stands in another. */
function torn(example: string, place: number, other: number | undefined): string {
  const document = parse(example) as Json;
  const places = placesIn(document).slice(1);
  const at = (index: number): [Record<string | number, Json>, string | number] => {
    const path = places[index % places.length] as (string | number)[];
    const parent = path.slice(0, -1).reduce((value, key) => (value as Record<string | number, Json>)[key] as Json, document);
    return [parent as Record<string | number, Json>, path.at(-1) as string | number];
  };
  const [parent, key] = at(place);
  if (other !== undefined) {
    const [source, from] = at(other);
    parent[key] = structuredClone(source[from]) as Json;
  } else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return stringify(document, { aliasDuplicateObjects: false });
}

/** What a model names and does not hold. */
function missingIn(model: ProcessModel): string[] {
  const nodes = Object.values(model.nodes).flatMap((node) => [
    ...(node.parent === undefined ? [] : [node.parent]),
    ...('boundary' in node ? [...node.boundary, ...(node.compensation === undefined ? [] : [node.compensation])] : []),
    ...(node.kind === 'subProcess' ? [...node.entries, ...node.eventSubProcesses] : []),
  ]);
  const ends = Object.values(model.flows).flatMap(({ from, to }) => [from, to]);
  const flows = Object.values(model.nodes).flatMap(({ incoming, outgoing }) => [...incoming, ...outgoing]);
  return [...[...nodes, ...ends].filter((id) => model.nodes[id] === undefined), ...flows.filter((id) => model.flows[id] === undefined)];
}

describe('an example that is torn', () => {
  it('[L1.3] has findings, or a model that is whole', () => {
    const example = fc.constantFrom(...examples);
    fc.assert(
      fc.property(example, fc.nat(500), fc.option(fc.nat(500), { nil: undefined }), (text, place, other) => {
        const document = torn(text, place, other);
        const id = /^process: (\S+)$/mu.exec(document)?.[1] ?? 'none';
        const { findings, dealerships } = compileTexts(document, `duty: d\nprocesses: [${id}]`, 'dealership: x\nduties: [d]\nroles: {}');
        const wrong = findings.some(({ severity, file }) => severity === 'error' && /^\d+\.yaml$/u.test(file));
        const model = dealerships['x']?.processes[id]?.model;
        expect(wrong || model !== undefined).toBe(true);
        if (!wrong && model !== undefined) expect(missingIn(model)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
