import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { Finding, SourceFile } from '../engine/compile/deployment';
import type { BpmnImport, ImportedProcess, ImportNotation } from '../engine/interchange/bpmn/import';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
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
/** Bytes of a file. */
const mostBytes = 16_000_000;

/** Adds `neiqin import FILE` to the command line. */
export function registerImportCommand(program: Command): void {
  program
    .command('import')
    .description(
      'make process documents from BPMN 2.0 (exit code 0: all is taken over or reported, 1: refused or with errors, 2: wrong use)',
    )
    .argument('<file>', 'a file of BPMN 2.0')
    .option('-o, --output <folder>', 'write the documents there; without it they are printed, and the report goes to standard error')
    .option('--process <id>', 'only the process with this id in the file')
    .addOption(new Option('--notation <notation>', 'steps, graph, or whichever fits').choices(['auto', 'steps', 'graph']).default('auto'))
    .option('--role <role>', 'who does tasks of which nobody says who does them', 'clerk')
    .option('--partial', 'write what there is although something was refused')
    .option('--force', 'write over documents that are there')
    .option('--json', 'the report as JSON')
    .action(async (file: string, options: ImportCommandOptions) => {
      process.exitCode = await runImport(file, options, terminal);
    });
}

/**
 * Imports a file and prints what became of its parts.
 *
 * @returns the exit code: 0 everything is taken over or reported, 1 something was refused or has errors, 2 wrong use
 */
export async function runImport(file: string, options: ImportCommandOptions, output: ImportOutput): Promise<0 | 1 | 2> {
  try {
    return await importFile(file, options, output);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

async function importFile(file: string, options: ImportCommandOptions, output: ImportOutput): Promise<0 | 1> {
  const { importBpmn } = await import('../engine/interchange/bpmn/import.js');
  const { compileDefinitions } = await import('../engine/compile/compile.js');
  const text = textOf(file);
  if (text === undefined)
    return refuseFile(file, { line: 1, column: 1, message: 'the bytes are no UTF-8', remedy: 'save it as UTF-8' }, options, output);
  const around = options.output === undefined ? [] : documentsIn(options.output);
  const findings = (files: readonly SourceFile[]): Finding[] => {
    const named = new Set(files.map(({ path: name }) => name));
    const others = around.filter(({ path: name }) => !named.has(name));
    const all = compileDefinitions([...others, ...files], compilePorts).findings;
    return all.filter(({ file: name, severity }) => severity === 'error' && named.has(name));
  };
  const compiles = (document: string): boolean =>
    findings([{ path: 'imported.yaml', text: document }]).every(({ rule }) => rule === 'unknown-process');
  const { notation = 'auto', role = 'clerk' } = options;
  const read = importBpmn(text, { notation, role, compiles, ...(options.process === undefined ? {} : { process: options.process }) });
  if (!read.ok) return refuseFile(file, read.problem, options, output);
  const imported = read.import;
  if (imported.processes.length === 0) throw new WrongUse(nothingThere(file, options.process, text));
  const refused = imported.processes.some((process) => process.refused) && options.partial !== true;
  const named = imported.processes.map((process) => ({ process, path: path.join(options.output ?? '', `${process.id}.yaml`) }));
  const errors = findings(named.map(({ process, path: name }) => ({ path: name, text: process.text })));
  if (!refused) write(named, options, output);
  report({ file, imported, errors, written: refused ? [] : named.map(({ path: name }) => name) }, options, output);
  return refused || errors.length > 0 || imported.processes.some((process) => process.refused) ? 1 : 0;
}

/** The text of a file; undefined where it is no UTF-8. */
function textOf(file: string): string | undefined {
  if (!existsSync(file) || !statSync(file).isFile()) throw new WrongUse(`there is no file "${file}"`);
  if (statSync(file).size > mostBytes) throw new WrongUse(`"${file}" has more than ${mostBytes} bytes: divide it into several`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch {
    // files of other encodings say so in their first line, which is ASCII
    const first = readFileSync(file).toString('latin1', 0, 200);
    return /encoding\s*=/u.test(first) ? first : undefined;
  }
}

function documentsIn(folder: string): SourceFile[] {
  if (!existsSync(folder)) return [];
  if (!statSync(folder).isDirectory()) throw new WrongUse(`"${folder}" is no folder`);
  return readDefinitionFiles(folder).map(({ path: name, text }) => ({ path: path.join(folder, path.relative(folder, name)), text }));
}

function refuseFile(
  file: string,
  problem: { line: number; column: number; message: string; remedy: string },
  options: ImportCommandOptions,
  output: ImportOutput,
): 1 {
  const { line, column, message, remedy } = problem;
  if (options.json === true) {
    output.out(
      `${JSON.stringify({ version: 1, file, processes: [], notes: [{ outcome: 'refused', element: null, line, column, message, remedy }] }, null, 2)}\n`,
    );
  } else output.error(`${file}:${line}:${column}: refused: ${message}; ${remedy}`);
  return 1;
}

function nothingThere(file: string, wanted: string | undefined, text: string): string {
  const ids = [...text.matchAll(/<(?:[\w.-]+:)?process\b[^>]*?\bid\s*=\s*["']([^"']+)/gu)].map((match) => match[1]);
  if (wanted !== undefined && ids.length > 0) return `there is no process "${wanted}" in "${file}": it has ${ids.slice(0, 20).join(', ')}`;
  return `there is no process with anything in it in "${file}"`;
}

function write(named: readonly { process: ImportedProcess; path: string }[], options: ImportCommandOptions, output: ImportOutput): void {
  if (options.output === undefined) {
    if (options.json !== true) for (const { process } of named) output.out(process.text);
    return;
  }
  const there = named.filter(({ process, path: name }) => existsSync(name) && readFileSync(name, 'utf8') !== process.text);
  if (there.length > 0 && options.force !== true) {
    throw new WrongUse(`${there.map(({ path: name }) => `"${name}"`).join(', ')} would be written over: name "--force", or another folder`);
  }
  mkdirSync(options.output, { recursive: true });
  for (const { process, path: name } of named) writeFileSync(name, process.text);
}

interface Outcome {
  file: string;
  imported: BpmnImport;
  errors: readonly Finding[];
  written: readonly string[];
}

function report({ file, imported, errors, written }: Outcome, options: ImportCommandOptions, output: ImportOutput): void {
  if (options.json === true) {
    const processes = imported.processes.map(({ id, bpmnId, notation, refused, text }) => ({
      id,
      bpmnId,
      notation,
      refused,
      document: text,
    }));
    const files = options.output === undefined ? [] : written;
    output.out(`${JSON.stringify({ version: 1, file, processes, written: files, notes: imported.notes, findings: errors }, null, 2)}\n`);
    return;
  }
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
