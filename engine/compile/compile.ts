import type { Calendar } from '../calendar/calendar';
import type { ValueType } from '../feel/expression';
import { valueTypeOf } from '../feel/value';
import { readDocument } from '../language/documents';
import { sortFindings } from '../language/finding';
import { checkSchema, settingsJsonSchema } from '../language/schema-check';
import type { DocumentKind, SourceDocument } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { checkDuties, checkKnownReaders, checkKnownRoles } from './check-references';
import { compileCalendar } from './compile-calendar';
import { compileDealership } from './compile-dealership';
import { CompileMemory } from './compile-memory';
import { type CompiledSet, compileSet, type DocumentSet, type ProcessEntry, type SetSurroundings } from './compile-set';
import { checkAddresses } from './connections';
import type { CompilePorts } from './content-hash';
import type { Compilation, CompiledDealership, CompiledForm, Finding, SourceFile } from './deployment';
import { compileLimits } from './limits';
import { type Tailoring, tailor } from './overlay/tailor';
import { Report } from './report';
import { checkSchedules } from './schedules';

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
  /** Processes without findings of their own, as their documents say them, by id; also those that no dealership runs. */
  processes: ReadonlyMap<string, ProcessEntry>;
  /** Whether `processes` are all that there are: nothing can be said to be sent or awaited by nobody otherwise. */
  complete: boolean;
  forms: ReadonlyMap<string, CompiledForm>;
  /** What overlays make of them, by dealership; dealerships without overlays are missing. */
  tailored: ReadonlyMap<string, Tailoring>;
  calendars: ReadonlyMap<string, Calendar>;
  /** Documents that fit their schema. */
  documents: readonly SourceDocument[];
  settingsType: ValueType;
}

/** One file, read and checked against its schema; `document` is missing where it cannot be read. */
export interface CheckedReading {
  document?: SourceDocument;
  /** As in `Reading`. */
  unread?: { kind: DocumentKind; id: string };
  findings: Finding[];
  deviations: Finding[];
}

/** Reads a file and checks it against the schema of its kind. */
export function readAndCheck(file: SourceFile): CheckedReading {
  const { document, ...reading } = readDocument(file);
  return document === undefined ? { ...reading, deviations: [] } : { document, ...reading, deviations: checkSchema(document) };
}

/**
 * As `compileDefinitions`, with what analyses need. `read` may remember the readings of files that have not changed, and `memory` what was compiled
 * of them.
 */
export function compileForAnalysis(
  files: readonly SourceFile[],
  ports: CompilePorts,
  read: (file: SourceFile) => CheckedReading = readAndCheck,
  memory = new CompileMemory(),
): Compilation & { sources: CompiledSources } {
  const findings: Finding[] = [];
  const definitions = new Definitions(findings, ports, memory);
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

/** Kinds of documents that are checked, and are no part of what is compiled. */
const rehearsals: ReadonlySet<DocumentKind> = new Set(['scenario', 'workload']);

class Definitions implements DocumentSet {
  /** Documents that fit their schema, and ids of those that do not, by kind. */
  private readonly documents = new Map<DocumentKind, Map<string, SourceDocument>>();
  private readonly unfit = new Map<DocumentKind, Set<string>>();
  private readonly calendars = new Map<string, Calendar>();
  private readonly settingsType: ValueType = valueTypeOf(settingsJsonSchema);
  private bare: CompiledSet | undefined;
  private tailored: ReadonlyMap<string, Tailoring> = new Map();

  constructor(
    private readonly findings: Finding[],
    private readonly ports: CompilePorts,
    private readonly memory: CompileMemory,
  ) {}

  sources(): CompiledSources {
    const { calendars, settingsType, bare, tailored } = this;
    const documents = [...this.documents.values()].flatMap((known) => [...known.values()]);
    const { processes = new Map(), catalogue } = bare ?? {};
    const complete = this.broken('process').length === 0 && this.all('process').every(({ id }) => processes.has(id));
    return { processes, complete, forms: catalogue?.forms ?? new Map(), calendars, tailored, documents, settingsType };
  }

  read(readings: readonly CheckedReading[]): void {
    for (const { document, unread, findings, deviations } of readings) {
      this.findings.push(...findings);
      if (unread !== undefined) this.addUnfit(unread);
      if (document === undefined) continue;
      this.findings.push(...deviations);
      if (!rehearsals.has(document.kind)) this.add(document, deviations.length > 0);
    }
  }

  compile(): Record<string, CompiledDealership> {
    const { calendars, settingsType, ports, memory } = this;
    for (const document of this.all('calendar')) {
      calendars.set(document.id, memory.part(document, 'calendar', [], this.findings, compileCalendar));
    }
    const surroundings: SetSurroundings = { calendars, settingsType, ports, memory };
    const bare = compileSet(this, surroundings, this.findings);
    this.bare = bare;
    checkDuties(
      this.all('duty').map((duty) => this.report(duty)),
      new Set([...this.all('process').map(({ id }) => id), ...this.broken('process')]),
      new Set([...this.all('register').map(({ id }) => id), ...this.broken('register')]),
      new Set([...this.all('report').map(({ id }) => id), ...this.broken('report')]),
    );
    const calendarIds = new Set([...calendars.keys(), ...this.broken('calendar')]);
    for (const duty of this.all('duty')) checkSchedules(this.report(duty), calendarIds, (id) => bare.processes.get(id)?.compiled.model);
    this.tailored = tailor(this, surroundings, this.findings);
    const dealerships = this.all('dealership').map((document) => {
      const catalogue = this.tailored.get(document.id)?.catalogue ?? bare.catalogue;
      return compileDealership(this.report(document), catalogue);
    });
    checkKnownRoles(bare.catalogue, dealerships, (id) => this.report(this.document(id)));
    checkKnownReaders(
      this.all('register').map((register) => this.report(register)),
      dealerships,
    );
    const asIs = dealerships.filter(({ id }) => !this.tailored.has(id));
    checkAddresses(bare.catalogue, asIs, (id) => this.report(this.document(id)));
    for (const tailoring of new Set(this.tailored.values())) {
      const { catalogue, effective } = tailoring;
      const reportOf = (id: string) => this.report(effective.get(`process:${id}`)?.document ?? this.document(id));
      checkKnownRoles(catalogue, dealerships, reportOf);
      const own = dealerships.filter(({ id }) => this.tailored.get(id) === tailoring);
      checkAddresses(catalogue, own, reportOf);
    }
    return Object.fromEntries(dealerships.map((dealership) => [dealership.id, dealership]));
  }

  all(kind: DocumentKind): readonly SourceDocument[] {
    return [...(this.documents.get(kind)?.values() ?? [])];
  }

  broken(kind: DocumentKind): readonly string[] {
    return [...(this.unfit.get(kind) ?? [])];
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
    } else if (broken) this.addUnfit(document);
    else known.set(document.id, document);
  }

  private addUnfit({ kind, id }: { kind: DocumentKind; id: string }): void {
    this.unfit.set(kind, (this.unfit.get(kind) ?? new Set()).add(id));
  }

  private report(document: SourceDocument): Report {
    return new Report(document, this.findings);
  }

  private document(process: string): SourceDocument {
    const document = this.documents.get('process')?.get(process);
    if (document === undefined) throw new Error(`invariant: there is no process "${process}"`);
    return document;
  }
}
