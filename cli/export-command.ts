import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { stringify as yamlOf } from 'yaml';
import type { CompiledSources } from '../engine/compile/compile';
import { compileForAnalysis } from '../engine/compile/compile';
import type { SourceFile } from '../engine/compile/deployment';
import type { ExportedProcess } from '../engine/interchange/bpmn/export';
import { suggestion } from '../engine/language/suggestion';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
import { isInside, rootsOf, WrongUse } from './definition-roots';

/** The options of `neiqin export` as they were typed. */
export interface ExportOptions {
  readonly for?: string;
  readonly bpmn?: boolean;
  readonly svg?: boolean;
  readonly lanes?: boolean;
  readonly output?: string;
  readonly lang?: 'zh' | 'en';
  readonly definitions?: string;
}

/** Where the command writes: the terminal, or a test. */
export interface ExportOutput {
  out(text: string): void;
  error(line: string): void;
}

const terminal: ExportOutput = {
  out: (text) => process.stdout.write(text),
  error: (line) => process.stderr.write(`${line}\n`),
};

type Format = 'bpmn' | 'svg';

/** Adds `neiqin export [processes...]` to the command line. */
export function registerExportCommand(program: Command): void {
  program
    .command('export')
    .description(
      'write processes as BPMN 2.0 with a diagram, or draw them (exit code 0: written, 1: definitions with errors, 2: wrong use)',
    )
    .argument('[processes...]', 'ids, or files or folders with processes; without any all processes of the definitions')
    .option('--bpmn', 'as BPMN 2.0 XML, which "neiqin import" reads back (the default)')
    .option('--svg', 'as a picture')
    .option('--lanes', 'in lanes, one for the roles of each step')
    .option('--for <dealership>', 'as the overlays of this dealership make it')
    .addOption(new Option('--lang <language>', 'the language of names').choices(['zh', 'en']).default('en'))
    .option('--definitions <folder>', 'where the definitions are', 'definitions')
    .option('-o, --output <file>', 'a file, or a folder for <process>.bpmn and <process>.svg; by default the terminal')
    .action(async (processes: string[], options: ExportOptions) => {
      process.exitCode = await runExport(processes, options, terminal);
    });
}

/**
 * Exports what was named.
 *
 * @returns the exit code: 0 everything was written, 1 the definitions have errors, 2 no such process or dealership, or no place to write to
 */
export async function runExport(names: readonly string[], options: ExportOptions, output: ExportOutput): Promise<0 | 1 | 2> {
  try {
    const formats: Format[] = [
      ...(options.bpmn === true || options.svg !== true ? ['bpmn' as const] : []),
      ...(options.svg === true ? ['svg' as const] : []),
    ];
    const chosen = await choose(names, options, output);
    if (chosen === undefined) return 1;
    const target = targetOf(options.output, chosen.length * formats.length);
    for (const source of chosen) {
      for (const format of formats) write(await written(source, format), target, `${source.model.id}.${format}`, output);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

async function written(source: ExportedProcess, format: Format): Promise<string> {
  const { exportBpmn, layoutProcess } = await import('../engine/interchange/bpmn/export.js');
  const { svgOf } = await import('../engine/interchange/bpmn/svg.js');
  const { arrangeBoxes } = await import('../server/arrange-diagram.js');
  if (format === 'bpmn') return exportBpmn(source, arrangeBoxes);
  return svgOf(await layoutProcess(source, arrangeBoxes), source.model.title[source.language]);
}

/** What was named, in order; undefined, with the findings told, where the definitions have errors. */
async function choose(names: readonly string[], options: ExportOptions, output: ExportOutput): Promise<ExportedProcess[] | undefined> {
  const { formatFinding } = await import('../engine/language/finding.js');
  const paths = names.filter((name) => existsSync(name));
  const ids = names.filter((name) => !paths.includes(name));
  const folders = ids.length > 0 || names.length === 0 ? [...paths, options.definitions ?? 'definitions'] : paths;
  const found = new Map<string, ExportedProcess>();
  for (const [root, named] of rootsOf(folders)) {
    const files = readDefinitionFiles(root);
    const { findings, sources, dealerships } = compileForAnalysis(files, compilePorts);
    const errors = findings.filter(({ severity }) => severity === 'error');
    for (const finding of errors) output.error(formatFinding(finding));
    if (errors.length > 0) return undefined;
    if (options.for !== undefined && dealerships[options.for] === undefined) {
      throw new WrongUse(
        `there is no dealership "${options.for}"; ${suggestion(options.for, Object.keys(dealerships)) ?? 'leave --for out'}`,
      );
    }
    const known = processesOf(sources, files, options);
    for (const id of ids) if (known.has(id)) found.set(id, known.get(id) as ExportedProcess);
    const inside = named.filter((name) => names.length === 0 || paths.some((one) => path.resolve(one) === name));
    for (const [id, process] of known) if (inside.some((name) => isInside(path.resolve(process.file), name))) found.set(id, process);
    const missing = ids.find((id) => !known.has(id));
    if (missing !== undefined && isDefinitions(root, options)) {
      throw new WrongUse(
        `there is no process "${missing}"; ${suggestion(missing, known.keys()) ?? `there are: ${[...known.keys()].join(', ')}`}`,
      );
    }
  }
  if (found.size === 0) throw new WrongUse(`there is no process in ${folders.join(', ')}: a process begins with "process: <id>"`);
  return [...found.values()];
}

function isDefinitions(root: string, { definitions = 'definitions' }: ExportOptions): boolean {
  return [...rootsOf([definitions]).keys()].includes(root);
}

/** All processes, as they are at the dealership of `--for`. The text of one that overlays change is its effective document. */
function processesOf(
  sources: CompiledSources,
  files: readonly SourceFile[],
  { for: dealership, lang = 'en', lanes = false }: ExportOptions,
): Map<string, ExportedProcess & { file: string }> {
  const entries = (dealership === undefined ? undefined : sources.tailored.get(dealership)?.processes) ?? sources.processes;
  const texts = new Map(files.map(({ path: file, text }) => [file, text]));
  return new Map(
    [...entries].map(([id, { compiled, document }]) => {
      const text = document.overlaid.length === 0 ? texts.get(document.file) : undefined;
      return [
        id,
        {
          model: compiled.model,
          document: { value: document.value, text: text ?? yamlOf(document.value) },
          language: lang,
          lanes,
          file: document.file,
        },
      ];
    }),
  );
}

interface Target {
  file?: string;
  folder?: string;
}

/** A folder where several things are written, or where it is one already. */
function targetOf(output: string | undefined, count: number): Target {
  if (output === undefined) {
    if (count > 1) throw new WrongUse(`there are ${count} files to write; name a folder for them with "-o <folder>"`);
    return {};
  }
  const isFolder = existsSync(output) && statSync(output).isDirectory();
  if (!isFolder && count === 1 && !output.endsWith('/')) {
    if (!existsSync(path.dirname(output))) throw new WrongUse(`there is no folder "${path.dirname(output)}"; make it first`);
    return { file: output };
  }
  if (existsSync(output) && !isFolder) throw new WrongUse(`"${output}" is a file, and there are ${count} files to write; name a folder`);
  return { folder: output };
}

function write(text: string, { file, folder }: Target, name: string, output: ExportOutput): void {
  if (file === undefined && folder === undefined) {
    output.out(text);
    return;
  }
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const place = file ?? path.join(folder ?? '', name);
  writeFileSync(place, text);
  output.error(`wrote ${place}`);
}
