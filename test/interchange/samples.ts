import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type CheckedReading, compileForAnalysis, readAndCheck } from '../../engine/compile/compile';
import { CompileMemory } from '../../engine/compile/compile-memory';
import type { SourceFile } from '../../engine/compile/deployment';
import type { ExportedProcess } from '../../engine/interchange/bpmn/export';
import type { BoxGraph } from '../../engine/interchange/bpmn/layout';
import { processAround } from '../language/compile-steps';
import { definitionsFolder, filesIn, ports } from '../language/definition-files';

/** A process with the file that it stands in, and all files that it was compiled with. */
export interface Sample {
  name: string;
  id: string;
  files: SourceFile[];
  file: SourceFile;
  source: ExportedProcess & { document: NonNullable<ExportedProcess['document']> };
}

/** What was read and compiled of files that stand beside many samples. */
const memory = new CompileMemory();
const readings = new WeakMap<SourceFile, CheckedReading>();

const root = path.join(__dirname, '..', '..');
const shippedFiles = filesIn(definitionsFolder);

/** The processes that the product ships. */
export const shipped: Sample[] = samplesOf('shipped', shippedFiles);

/** The processes of the workflow patterns. */
export const patterns: Sample[] = readdirSync(path.join(root, 'test', 'patterns'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => samplesOf(name, filesIn(path.join(root, 'test', 'patterns', name))));

/** The examples of docs/language.md that are processes or steps. */
export const examples: Sample[] = pageExamples();

function pageExamples(): Sample[] {
  const page = readFileSync(path.join(root, 'docs', 'language.md'), 'utf8');
  const found: { number: string; text: string }[] = [];
  let number = '';
  for (const [, heading, text] of page.matchAll(/^### (\d+\.\d+) .*$|^```yaml\n([\s\S]*?)^```$/gmu)) {
    if (heading === undefined) found.push({ number, text: text ?? '' });
    else number = heading;
  }
  const beside = found.filter(({ text }) => /^(?:decision|form|register):/mu.test(text));
  return found.flatMap((snippet) => {
    const text = snippet.text.startsWith('- ') ? processAround(snippet.text) : snippet.text;
    if (!/^process:/mu.test(text)) return [];
    const others = beside
      .filter((other) => other.number === snippet.number)
      .map((other, index) => ({ path: `${index}.yaml`, text: other.text }));
    const own = { path: 'example.yaml', text };
    const id = /^process: (\S+)/mu.exec(text)?.[1];
    const around = shippedFiles.filter((file) => !file.text.includes(`process: ${id}\n`));
    return samplesOf(`[L${snippet.number}]`, [own, ...others, ...around]).filter(({ file }) => file === own);
  });
}

function samplesOf(name: string, files: SourceFile[]): Sample[] {
  const { sources } = compileForAnalysis(files, ports, reading, memory);
  return [...sources.processes].flatMap(([id, { compiled, document }]) => {
    const file = files.find((known) => known.path === document.file);
    if (file === undefined) return [];
    return [
      { name, id, files, file, source: { model: compiled.model, document: { value: document.value, text: file.text }, language: 'zh' } },
    ];
  });
}

function reading(file: SourceFile): CheckedReading {
  const known = readings.get(file) ?? readAndCheck(file);
  readings.set(file, known);
  return known;
}

/** The hash of the process that the text gives in place of the sample's own. */
export function hashOf({ id, file, files }: Sample, text: string): string | undefined {
  const { sources } = compileForAnalysis(
    files.map((known) => (known === file ? { path: file.path, text } : known)),
    ports,
    reading,
    memory,
  );
  return sources.processes.get(id)?.compiled.hash;
}

/** Puts everything into one place: where it does not matter where things are drawn. */
export async function nowhere(graph: BoxGraph): Promise<BoxGraph> {
  const section = { startPoint: { x: 0, y: 0 }, endPoint: { x: 0, y: 0 } };
  return {
    ...graph,
    width: 1,
    height: 1,
    children: graph.children.map((child) => ({ ...child, x: 0, y: 0 })),
    edges: graph.edges.map((edge) => ({ ...edge, sections: [section] })),
  };
}
