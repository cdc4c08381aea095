import type { Calendar } from '../calendar/calendar';
import type { DecisionTable } from '../decision/decision-table';
import type { ValueType } from '../feel/expression';
import { valueTypeOf } from '../feel/value';
import { readDocument } from '../language/documents';
import { sortFindings } from '../language/finding';
import { checkSchema, settingsJsonSchema } from '../language/schema-check';
import type { DocumentKind, SourceDocument } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { checkCalendars, checkCallCycles, checkDuties, checkKnownRoles } from './check-references';
import { compileCalendar } from './compile-calendar';
import { type Catalogue, compileDealership } from './compile-dealership';
import { checkShown, compileForm } from './compile-form';
import { compileProcess, type PreparedProcess, prepareProcess, refineCallResults, resultType } from './compile-process';
import { type CompilePorts, contentHash } from './content-hash';
import { compileDecisions } from './decision-requirements';
import type { Compilation, CompiledDealership, CompiledForm, CompiledProcess, Finding, SourceFile } from './deployment';
import type { ElementIndex } from './element-index';
import { compileLimits } from './limits';
import type { ProcessUses } from './process-uses';
import { Report } from './report';
import { listOf } from './step-document';

export type { CompilePorts } from './content-hash';

/**
 * Compiles a set of definition files: reads them, checks them against their schemas and each other, and gives what each dealership runs.
 * Never throws over what is in a file. Scenario documents are checked, but are not part of what is compiled. Files that are not YAML
 * (by their ending) are passed over.
 */
export function compileDefinitions(files: readonly SourceFile[], ports: CompilePorts): Compilation {
  const { findings, dealerships } = compileForAnalysis(files, ports);
  return { findings, dealerships };
}

/** What analyses need beside a compilation: what was compiled of each document, and where it stands. */
export interface CompiledSources {
  /** Processes without findings of their own, by id; also those that no dealership runs. */
  processes: ReadonlyMap<string, { compiled: CompiledProcess; uses: ProcessUses; document: SourceDocument; index: ElementIndex }>;
  forms: ReadonlyMap<string, CompiledForm>;
  calendars: ReadonlyMap<string, Calendar>;
  /** Documents that fit their schema. */
  documents: readonly SourceDocument[];
  settingsType: ValueType;
}

/** One file, read and checked against its schema; `document` is missing where it cannot be read. */
export interface CheckedReading {
  document?: SourceDocument;
  findings: Finding[];
  deviations: Finding[];
}

/** Reads a file and checks it against the schema of its kind. */
export function readAndCheck(file: SourceFile): CheckedReading {
  const { document, findings } = readDocument(file);
  return document === undefined ? { findings, deviations: [] } : { document, findings, deviations: checkSchema(document) };
}

/** As `compileDefinitions`, with what analyses need. `read` may remember the readings of files that have not changed. */
export function compileForAnalysis(
  files: readonly SourceFile[],
  ports: CompilePorts,
  read: (file: SourceFile) => CheckedReading = readAndCheck,
): Compilation & { sources: CompiledSources } {
  const findings: Finding[] = [];
  const definitions = new Definitions(findings, ports);
  if (files.length > compileLimits.files) return { ...tooManyFiles(files), sources: definitions.sources() };
  definitions.read(files.filter((file) => /\.ya?ml$/u.test(file.path)).map(read));
  const dealerships = definitions.compile();
  return { findings: sortFindings(findings), dealerships, sources: definitions.sources() };
}

function tooManyFiles(files: readonly SourceFile[]): Compilation {
  const place = { file: files[0]?.path ?? '', line: 1, column: 1, endLine: 1, endColumn: 1 };
  const message = `there are ${files.length} files, more than ${compileLimits.files}`;
  return { findings: [{ rule: 'too-large', severity: 'error', ...place, message, remedy: 'name a smaller folder' }], dealerships: {} };
}

class Definitions {
  /** Documents that fit their schema, and ids of those that do not, by kind. */
  private readonly documents = new Map<DocumentKind, Map<string, SourceDocument>>();
  private readonly broken = new Map<DocumentKind, Set<string>>();
  private readonly forms = new Map<string, CompiledForm>();
  private readonly calendars = new Map<string, Calendar>();
  /** Undefined for those with findings. */
  private readonly decisions = new Map<string, DecisionTable | undefined>();
  private readonly settingsType: ValueType = valueTypeOf(settingsJsonSchema);
  private readonly processes = new Map<string, CompiledSources['processes'] extends ReadonlyMap<string, infer P> ? P : never>();

  constructor(
    private readonly findings: Finding[],
    private readonly ports: CompilePorts,
  ) {}

  sources(): CompiledSources {
    const { processes, forms, calendars, settingsType } = this;
    const documents = [...this.documents.values()].flatMap((known) => [...known.values()]);
    return { processes, forms, calendars, documents, settingsType };
  }

  read(readings: readonly CheckedReading[]): void {
    for (const { document, findings, deviations } of readings) {
      this.findings.push(...findings);
      if (document === undefined) continue;
      this.findings.push(...deviations);
      if (document.kind !== 'scenario') this.add(document, deviations.length > 0);
    }
  }

  compile(): Record<string, CompiledDealership> {
    for (const document of this.all('form')) this.forms.set(document.id, compileForm(this.report(document), this.ports));
    for (const document of this.all('calendar')) this.calendars.set(document.id, compileCalendar(this.report(document)));
    this.compileDecisions();
    const catalogue: Catalogue = {
      duties: new Map([...this.all('duty')].map((duty) => [duty.id, listOf(duty.value['processes']).map(String)])),
      processes: this.compileProcesses(),
      forms: this.forms,
      calendars: this.calendars,
      settingsType: this.settingsType,
    };
    checkCallCycles(catalogue, (id) => this.report(this.document('process', id)));
    checkCalendars(catalogue, new Set(this.ids('calendar')), (id) => this.report(this.document('process', id)));
    checkDuties(
      [...this.all('duty')].map((duty) => this.report(duty)),
      new Set(this.ids('process')),
    );
    const dealerships = [...this.all('dealership')].map((document) => compileDealership(this.report(document), catalogue));
    checkKnownRoles(catalogue, dealerships, (id) => this.report(this.document('process', id)));
    return Object.fromEntries(dealerships.map((dealership) => [dealership.id, dealership]));
  }

  private compileDecisions(): void {
    for (const id of this.broken.get('decision') ?? []) this.decisions.set(id, undefined);
    compileDecisions([...this.all('decision')], this.decisions, (document) => this.report(document));
  }

  private compileProcesses(): Catalogue['processes'] {
    const forms = new Map(this.forms);
    for (const id of this.broken.get('form') ?? []) if (!forms.has(id)) forms.set(id, brokenForm(id));
    const prepared = [...this.all('process')].map((document) => prepareProcess(this.report(document), forms, this.settingsType));
    const types = new Map(prepared.map((process) => [process.report.document.id, resultType(process)]));
    for (const process of prepared) refineCallResults(process, types);
    const variables = new Map<string, PreparedProcess['variables'] | undefined>(this.ids('process').map((id) => [id, undefined]));
    for (const process of prepared) variables.set(process.report.document.id, process.variables);
    return this.inOrderOfCalls(new Map(prepared.map((process) => [process.report.document.id, process])), forms, variables);
  }

  /** Compiles each process; one that calls another in the version of the same deployment after that. */
  private inOrderOfCalls(
    prepared: ReadonlyMap<string, PreparedProcess>,
    forms: ReadonlyMap<string, CompiledForm>,
    processes: ReadonlyMap<string, PreparedProcess['variables'] | undefined>,
  ): Catalogue['processes'] {
    const compiled = new Map<string, { compiled: CompiledProcess; uses: ProcessUses } | undefined>();
    const compile = (id: string): string | undefined => {
      const process = prepared.get(id);
      if (compiled.has(id) || process === undefined) return compiled.get(id)?.compiled.hash;
      compiled.set(id, undefined);
      const before = this.findings.length;
      const { model, uses } = compileProcess(process, { forms, processes, decisions: this.decisions, hashOf: compile });
      this.checkShownBy(id, uses);
      const hash = contentHash(model, this.ports);
      compiled.set(id, { compiled: { id, hash, model }, uses });
      const sound =
        this.findings.slice(before).every(({ severity }) => severity !== 'error') && !this.hasErrors(process.report.document.file);
      if (sound) this.processes.set(id, { compiled: { id, hash, model }, uses, document: process.report.document, index: process.index });
      return hash;
    };
    for (const id of prepared.keys()) compile(id);
    return new Map(
      [...prepared.keys()].flatMap((id) => {
        const process = compiled.get(id);
        return process === undefined ? [] : [[id, process] as const];
      }),
    );
  }

  private checkShownBy(process: string, uses: ProcessUses): void {
    for (const [form, scopes] of uses.forms) {
      const document = this.documents.get('form')?.get(form);
      if (document !== undefined) for (const names of scopes) checkShown(this.report(document), process, names);
    }
  }

  private add(document: SourceDocument, broken: boolean): void {
    const known = this.documents.get(document.kind) ?? new Map<string, SourceDocument>();
    this.documents.set(document.kind, known);
    const earlier = known.get(document.id);
    if (earlier !== undefined) {
      const message = `${document.kind} ${quoted(document.id)} is defined twice, also in ${earlier.file}`;
      this.report(document).at([document.kind], {
        rule: 'duplicate-document',
        message,
        remedy: 'delete one of them, or give it another id',
      });
    } else if (broken) this.broken.set(document.kind, (this.broken.get(document.kind) ?? new Set()).add(document.id));
    else known.set(document.id, document);
  }

  private hasErrors(file: string): boolean {
    return this.findings.some((finding) => finding.file === file && finding.severity === 'error');
  }

  private report(document: SourceDocument): Report {
    return new Report(document, this.findings);
  }

  private document(kind: DocumentKind, id: string): SourceDocument {
    const document = this.documents.get(kind)?.get(id);
    if (document === undefined) throw new Error(`invariant: there is no ${kind} "${id}"`);
    return document;
  }

  private all(kind: DocumentKind): Iterable<SourceDocument> {
    return this.documents.get(kind)?.values() ?? [];
  }

  private ids(kind: DocumentKind): string[] {
    return [...(this.documents.get(kind)?.keys() ?? []), ...(this.broken.get(kind) ?? [])];
  }
}

/** Stands for a form that has findings of its own, so that what uses it has none because of that. */
function brokenForm(id: string): CompiledForm {
  return { id, hash: '', title: { zh: id, en: id }, schema: { type: 'object', additionalProperties: true }, shows: [] };
}
