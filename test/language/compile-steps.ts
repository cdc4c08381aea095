import { type CheckedReading, compileForAnalysis, readAndCheck } from '../../engine/compile/compile';
import { CompileMemory } from '../../engine/compile/compile-memory';
import type { Compilation, CompiledDealership, SourceFile } from '../../engine/compile/deployment';
import { formatFinding } from '../../engine/language/finding';
import type { CompiledRegister } from '../../engine/register/register';
import type { ProcessModel } from '../../engine/runtime/process-model';
import { definitionsFolder, filesIn, ports } from './definition-files';

const shipped: SourceFile[] = filesIn(definitionsFolder).filter((file) => !file.path.includes('.scenarios/'));
const dealership = `dealership: test
duties: [test]
roles: { clerk: [c@test], salesman: [s@test], finance: [f@test], warehouse: [w@test], sales-manager: [m@test], general-manager: [g@test] }
settings: { transport: { priceCeiling: "1800.00" } }
`;

/** Shipped documents that take long to compile, by the id of what they define. */
const large = new Map(shipped.filter(({ path }) => !/^base\/(forms|calendars)\//u.test(path)).map((file) => [file, idOf(file)]));

function idOf({ text }: SourceFile): string {
  return /^(?:[a-z]+): (\S+)$/mu.exec(text.replace(/^#.*\n/u, ''))?.[1] ?? '';
}

/** What the product ships, but for documents that nothing here names: these would be compiled for each test anew. */
export function shippedFor(texts: readonly string[]): SourceFile[] {
  const files = shipped.filter((file) => !large.has(file));
  const rest = new Map(large);
  for (let read = [...texts]; read.length > 0; ) {
    const named = [...rest].filter(([, id]) => read.some((text) => new RegExp(`(?<![\\w-])${id}(?![\\w-])`, 'u').test(text)));
    for (const [file] of named) rest.delete(file);
    files.push(...named.map(([file]) => file));
    read = named.map(([{ text }]) => text);
  }
  return shipped.filter((file) => files.includes(file));
}

/** What was read and compiled of shipped files, which do not change. */
const readings = new Map<SourceFile, CheckedReading>();
const memory = new CompileMemory();

function readOnce(file: SourceFile): CheckedReading {
  const known = readings.get(file) ?? readAndCheck(file);
  if (shipped.includes(file)) readings.set(file, known);
  return known;
}

function compileBeside(known: readonly SourceFile[], texts: readonly string[]): Compilation {
  const { findings, dealerships } = compileForAnalysis(
    [...known, ...texts.map((text, index) => ({ path: `${index + 1}.yaml`, text }))],
    ports,
    readOnce,
    memory,
  );
  return { findings, dealerships };
}

/** Compiles documents beside what the product ships; files are named `1.yaml`, `2.yaml`, ... */
export function compileTexts(...texts: string[]): Compilation {
  return compileBeside(shipped, texts);
}

/** Findings as lines, without those of files that the product ships. What names something unknown is told beside everything that is known. */
export function findingsOf(...texts: string[]): string[] {
  const own = ({ findings }: Compilation) => findings.filter(({ file }) => /^\d+\.yaml$/u.test(file));
  const near = own(compileBeside(shippedFor(texts), texts));
  return (near.some(({ rule }) => rule.startsWith('unknown-')) ? own(compileTexts(...texts)) : near).map(formatFinding);
}

/** A process document around steps; it has the variables `order` and `turn`. */
export function processAround(steps: string, id = 'example'): string {
  const indented = steps
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return `process: ${id}
variables: { order: { $ref: form:sales-order }, turn: { type: integer, default: 0 }, note: { type: object } }
steps:
${indented}
`;
}

/** The model of a process around steps, which have to be without error. */
export function modelOf(steps: string): ProcessModel {
  return modelOfProcess(processAround(steps));
}

/** The model of a process document, which has to be without error beside other documents. */
export function modelOfProcess(text: string, ...beside: string[]): ProcessModel {
  const id = /^process: (\S+)/mu.exec(text)?.[1] ?? '';
  const texts = [text, dealership, `duty: test\nprocesses: [${id}]\n`, ...beside];
  const compilation = compileBeside(shippedFor(texts), texts);
  const errors = compilation.findings.filter((finding) => finding.severity === 'error').map(formatFinding);
  const process = compilation.dealerships['test']?.processes[id];
  if (errors.length > 0 || process === undefined) throw new Error(errors.join('\n'));
  return process.model;
}

/** The flows of a model, one a line: `from -flow-> to`. */
export function flowsOf(model: ProcessModel): string[] {
  return Object.values(model.flows).map((flow) => `${flow.from} -${flow.id}-> ${flow.to}`);
}

/** The registers of a dealership that has these documents, which have to be without error. */
export function registersOf(...texts: string[]): Record<string, CompiledRegister> {
  return dealershipOf(...texts).registers;
}

/** A dealership with these registers and reports, and what else they need; all have to be without error. */
export function dealershipOf(...texts: string[]): CompiledDealership {
  const idsOf = (kind: string) => texts.flatMap((text) => new RegExp(`^${kind}: (.*)$`, 'mu').exec(text)?.[1] ?? []);
  const named = ['register', 'report'].map((kind) => (idsOf(kind).length === 0 ? '' : `${kind}s: [${idsOf(kind).join(', ')}]\n`));
  const all = [
    ...texts,
    `duty: own-work\n${named.join('')}processes: [own-p]\n`,
    'process: own-p\nsteps: [{ id: t, userTask: { assign: { roles: [clerk] } } }]\n',
    'dealership: own\nduties: [own-work]\nroles: { clerk: [clerk@own] }\n',
  ];
  const { dealerships, findings } = compileBeside(shippedFor(all), all);
  const errors = findings.filter(({ severity }) => severity === 'error').map(formatFinding);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return dealerships['own'] as CompiledDealership;
}
