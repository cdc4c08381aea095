import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { Finding, SourceFile } from '../engine/compile/deployment';
import type { BpmnImport, ImportedProcess, ImportNotation, ImportOptions } from '../engine/interchange/bpmn/import';
import type { XmlProblem } from '../engine/interchange/bpmn/xml';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
import { readBpmnText } from './bpmn-text';
import { WrongUse } from './definition-roots';
import { importReportText } from './import-report';

/** The options of `neiqin import` as they were typed. */
export interface ImportCommandOptions {
  readonly output?: string;
  readonly process?: string;
  readonly notation?: ImportNotation;
  readonly role?: string;
  readonly partial?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Where the command writes: the terminal, or a test. */
export interface ImportOutput {
  out(text: string): void;
  error(line: string): void;
}

const terminal: ImportOutput = {
  out: (text) => process.stdout.write(text),
  error: (line) => process.stderr.write(`${line}\n`),
};
/** Files that are imported at once. */
const mostFiles = 500;

/** Adds `neiqin import FILE` to the command line. */
export function registerImportCommand(program: Command): void {
  program
    .command('import')
    .description(
      'make process documents from BPMN 2.0 (exit code 0: all is taken over or reported, 1: refused or with errors, 2: wrong use)',
    )
    .argument('<files...>', 'files of BPMN 2.0; what calls each other is imported together')
    .option('-o, --output <folder>', 'write the documents there; without it they are printed, and the report goes to standard error')
    .option('--process <id>', 'only the process with this id in the file')
    .addOption(new Option('--notation <notation>', 'steps, graph, or whichever fits').choices(['auto', 'steps', 'graph']).default('auto'))
    .option('--role <role>', 'who does tasks of which nobody says who does them', 'clerk')
    .option('--partial', 'write what there is although something was refused')
    .option('--force', 'write over documents that are there')
    .option('--json', 'the report as JSON')
    .action(async (files: string[], options: ImportCommandOptions) => {
      process.exitCode = await runImport(files, options, terminal);
    });
}

/**
 * Imports files and prints what became of their parts.
 *
 * @returns the exit code: 0 everything is taken over or reported, 1 something was refused or has errors, 2 wrong use
 */
export async function runImport(files: readonly string[], options: ImportCommandOptions, output: ImportOutput): Promise<0 | 1 | 2> {
  try {
    if (files.length > mostFiles) throw new WrongUse(`${files.length} files are more than ${mostFiles}: import them in parts`);
    return await importFiles([...new Set(files)], options, output);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

async function importFiles(files: readonly string[], options: ImportCommandOptions, output: ImportOutput): Promise<0 | 1> {
  const { compileDefinitions } = await import('../engine/compile/compile.js');
  const around = options.output === undefined ? [] : documentsIn(options.output);
  const findings = (documents: readonly SourceFile[]): Finding[] => {
    const named = new Set(documents.map(({ path: name }) => name));
    const others = around.filter(({ path: name }) => !named.has(name));
    const all = compileDefinitions([...others, ...documents], compilePorts).findings;
    return all.filter(({ file: name, severity }) => severity === 'error' && named.has(name));
  };
  const compiles = (document: string): boolean =>
    findings([{ path: 'imported.yaml', text: document }]).every(({ rule }) => rule === 'unknown-process');
  const read = await readFiles(files, { ...options, compiles });
  const documents = read.flatMap((one) => ('problem' in one ? [] : one.documents));
  refuseTwice(read.flatMap((one) => ('problem' in one ? [] : one.documents.map((document) => ({ ...document, from: one.file })))));
  const errors = findings(documents.map(({ process, path: name }) => ({ path: name, text: process.text })));
  const isWritten = (one: { imported: BpmnImport }): boolean =>
    options.partial === true || one.imported.processes.every((process) => !process.refused);
  write(
    read.flatMap((one) => ('problem' in one || !isWritten(one) ? [] : one.documents)),
    options,
    output,
  );
  const outcomes = read.map((one): Outcome | Unread => {
    if ('problem' in one) return one;
    const named = new Set(one.documents.map(({ path: name }) => name));
    const written = isWritten(one) ? [...named] : [];
    return { file: one.file, imported: one.imported, errors: errors.filter(({ file }) => named.has(file)), written };
  });
  report(outcomes, options, output);
  const isWhole = (one: Outcome | Unread): boolean =>
    !('problem' in one) && one.errors.length === 0 && one.imported.processes.every((process) => !process.refused);
  return outcomes.every(isWhole) ? 0 : 1;
}

/** A process as it will be written. */
interface NamedProcess {
  process: ImportedProcess;
  path: string;
}

/** A file of which nothing is taken. */
interface Unread {
  file: string;
  problem: XmlProblem;
}

async function readFiles(
  files: readonly string[],
  { notation = 'auto', role = 'clerk', process, output, compiles }: ImportCommandOptions & Pick<ImportOptions, 'compiles'>,
): Promise<(Unread | { file: string; imported: BpmnImport; documents: NamedProcess[] })[]> {
  const { importBpmn } = await import('../engine/interchange/bpmn/import.js');
  const texts = files.map((file) => ({ file, ...readBpmnText(file) }));
  const ids = new Map(texts.map((one) => [one.file, 'text' in one ? processesIn(one.text) : []]));
  const wanted = process === undefined ? {} : { process };
  if (process !== undefined && ![...ids.values()].some((own) => own.includes(process))) {
    const [first] = texts;
    if (first !== undefined && 'text' in first) throw new WrongUse(nothingThere(first.file, process, [...ids.values()].flat()));
  }
  return texts.map((one) => {
    const { file } = one;
    if ('problem' in one) return { file, problem: one.problem };
    const elsewhere = [...ids].flatMap(([other, own]) => (other === file ? [] : own));
    const given = importBpmn(one.text, { notation, role, elsewhere, ...wanted, ...(compiles === undefined ? {} : { compiles }) });
    if (!given.ok) return { file, problem: given.problem };
    const imported = given.import;
    if (imported.processes.length === 0 && process === undefined) throw new WrongUse(nothingThere(file, undefined, []));
    const documents = imported.processes.map((found) => ({ process: found, path: path.join(output ?? '', `${found.id}.yaml`) }));
    return { file, imported, documents };
  });
}

function processesIn(text: string): string[] {
  return [...text.matchAll(/<(?:[\w.-]+:)?process\b[^>]*?\bid\s*=\s*["']([^"']+)/gu)].map((match) => match[1] ?? '');
}

/** Two files with a process of the same id: the second would take the place of the first. */
function refuseTwice(documents: readonly (NamedProcess & { from: string })[]): void {
  const seen = new Map<string, string>();
  for (const { process, path: name, from } of documents) {
    const first = seen.get(name);
    if (first !== undefined)
      throw new WrongUse(`"${first}" and "${from}" have both a process "${process.bpmnId}": import them into two folders`);
    seen.set(name, from);
  }
}

function documentsIn(folder: string): SourceFile[] {
  if (!existsSync(folder)) return [];
  if (!statSync(folder).isDirectory()) throw new WrongUse(`"${folder}" is no folder`);
  return readDefinitionFiles(folder).map(({ path: name, text }) => ({ path: path.join(folder, path.relative(folder, name)), text }));
}

function nothingThere(file: string, wanted: string | undefined, ids: readonly string[]): string {
  if (wanted !== undefined && ids.length > 0) return `there is no process "${wanted}" in "${file}": it has ${ids.slice(0, 20).join(', ')}`;
  return `there is no process with anything in it in "${file}"`;
}

function write(named: readonly NamedProcess[], options: ImportCommandOptions, output: ImportOutput): void {
  if (options.output === undefined) {
    if (options.json !== true) for (const { process } of named) output.out(process.text);
    return;
  }
  const there = named.filter(({ process, path: name }) => existsSync(name) && readFileSync(name, 'utf8') !== process.text);
  if (there.length > 0 && options.force !== true) {
    throw new WrongUse(`${there.map(({ path: name }) => `"${name}"`).join(', ')} would be written over: name "--force", or another folder`);
  }
  if (named.length > 0) mkdirSync(options.output, { recursive: true });
  for (const { process, path: name } of named) writeFileSync(name, process.text);
}

interface Outcome {
  file: string;
  imported: BpmnImport;
  errors: readonly Finding[];
  written: readonly string[];
}

function report(outcomes: readonly (Outcome | Unread)[], options: ImportCommandOptions, output: ImportOutput): void {
  if (options.json === true) {
    const files = outcomes.map((outcome) => jsonOf(outcome, options));
    output.out(`${JSON.stringify({ version: 1, ...(files.length === 1 ? files[0] : { files }) }, null, 2)}\n`);
    return;
  }
  for (const outcome of outcomes) {
    if ('problem' in outcome) {
      const { line, column, message, remedy } = outcome.problem;
      output.error(`${outcome.file}:${line}:${column}: refused: ${message}; ${remedy}`);
    } else reportFile(outcome, options, output);
  }
}

function jsonOf(outcome: Outcome | Unread, options: ImportCommandOptions): object {
  if ('problem' in outcome) {
    return { file: outcome.file, processes: [], notes: [{ outcome: 'refused', element: null, ...outcome.problem }] };
  }
  const { file, imported, written, errors } = outcome;
  const processes = imported.processes.map(({ id, bpmnId, notation, refused, text }) => ({
    id,
    bpmnId,
    notation,
    refused,
    document: text,
  }));
  return { file, processes, written: options.output === undefined ? [] : written, notes: imported.notes, findings: errors };
}

function reportFile({ file, imported, errors, written }: Outcome, options: ImportCommandOptions, output: ImportOutput): void {
  const say = options.output === undefined ? (text: string): void => output.error(text.replace(/\n$/u, '')) : output.out;
  say(importReportText(file, imported.notes));
  for (const { file: name, line, column, rule, message, remedy } of errors)
    say(`${name}:${line}:${column}: error ${rule}: ${message}; ${remedy}\n`);
  if (written.length === 0) say('nothing is written: mend what is refused, or name "--partial"\n');
  if (options.output === undefined) return;
  imported.processes.forEach(({ bpmnId, notation }, index) => {
    if (written[index] !== undefined)
      say(`${written[index]}: process "${bpmnId}" in ${notation === 'steps' ? 'steps' : 'nodes and flows'}\n`);
  });
}
