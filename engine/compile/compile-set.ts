import type { Calendar } from '../calendar/calendar';
import type { DecisionTable } from '../decision/decision-table';
import type { ValueType } from '../feel/expression';
import type { JsonObject } from '../json';
import type { DocumentKind, SourceDocument } from '../language/source-document';
import { type CompiledRegister, rowSchemaOf } from '../register/register';
import type { CompiledReport } from '../report/report';
import type { CompiledTemplate } from '../template/template';
import { checkCalendars, checkCallCycles } from './check-references';
import type { Catalogue } from './compile-dealership';
import { checkShown, compileForm } from './compile-form';
import type { CompileMemory } from './compile-memory';
import { ProcessesCompiler, type ProcessSources } from './compile-processes';
import { checkReferences, compileRegister } from './compile-register';
import { compileReport } from './compile-report';
import { compileTemplate } from './compile-template';
import type { CompilePorts } from './content-hash';
import { compileDecisions } from './decision-requirements';
import type { CompiledForm, CompiledProcess, Finding } from './deployment';
import type { ElementIndex } from './element-index';
import type { ProcessUses } from './process-uses';
import { publishersIn } from './publishers';
import { Report } from './report';
import { listOf } from './step-document';

/** Documents that are compiled together: each kind and id once. */
export interface DocumentSet {
  /** Documents that fit their schema. */
  all(kind: DocumentKind): readonly SourceDocument[];
  /** Ids of documents that do not. */
  broken(kind: DocumentKind): readonly string[];
}

/** A compiled process, with where it stands. */
export interface ProcessEntry {
  compiled: CompiledProcess;
  uses: ProcessUses;
  document: SourceDocument;
  index: ElementIndex;
}

/** What does not depend on overlays. */
export interface SetSurroundings {
  calendars: ReadonlyMap<string, Calendar>;
  settingsType: ValueType;
  ports: CompilePorts;
  memory: CompileMemory;
}

/** What a set of documents gives. */
export interface CompiledSet {
  catalogue: Catalogue;
  /** Processes without findings of their own, by id. */
  processes: ReadonlyMap<string, ProcessEntry>;
}

/** Compiles forms, decisions and processes that belong together. What is wrong with them goes to `findings`. */
export function compileSet(documents: DocumentSet, surroundings: SetSurroundings, findings: Finding[]): CompiledSet {
  return new SetCompiler(documents, surroundings, findings).compile();
}

class SetCompiler {
  private readonly forms = new Map<string, CompiledForm>();
  private readonly registers = new Map<string, CompiledRegister>();
  private readonly templates = new Map<string, CompiledTemplate>();
  /** Undefined for those with findings. */
  private readonly decisions = new Map<string, DecisionTable | undefined>();
  private readonly processes = new Map<string, ProcessEntry>();
  private readonly formDocuments: ReadonlyMap<string, SourceDocument>;

  constructor(
    private readonly documents: DocumentSet,
    private readonly surroundings: SetSurroundings,
    private readonly findings: Finding[],
  ) {
    this.formDocuments = new Map(documents.all('form').map((document) => [document.id, document]));
  }

  compile(): CompiledSet {
    const { calendars, settingsType } = this.surroundings;
    this.compileAlone('form', this.forms, compileForm);
    this.compileDecisions();
    this.compileAlone('register', this.registers, compileRegister);
    const registers = new Set(this.ids('register'));
    for (const document of this.documents.all('register')) checkReferences(this.report(document), registers);
    this.compileAlone('template', this.templates, compileTemplate);
    const catalogue: Catalogue = {
      duties: new Map([
        ...this.documents.broken('duty').map((id): [string, string[]] => [id, []]),
        ...this.documents.all('duty').map((duty): [string, string[]] => [duty.id, listOf(duty.value['processes']).map(String)]),
      ]),
      dutyRegisters: new Map(this.documents.all('duty').map((duty) => [duty.id, listOf(duty.value['registers']).map(String)])),
      dutyReports: new Map(this.documents.all('duty').map((duty) => [duty.id, listOf(duty.value['reports']).map(String)])),
      dutyPublishers: new Map(this.documents.all('duty').map((duty) => [duty.id, publishersIn(duty.value)])),
      dutySchedules: new Map(this.documents.all('duty').map((duty) => [duty.id, duty.value['schedules']])),
      processes: this.compileProcesses(),
      forms: this.forms,
      registers: this.registers,
      reports: this.compileReports(),
      reportIds: new Set(this.ids('report')),
      templates: this.templates,
      calendars,
      settingsType,
    };
    const byId = new Map(this.documents.all('process').map((document) => [document.id, document]));
    const reportOf = (id: string): Report => {
      const document = byId.get(id);
      if (document === undefined) throw new Error(`invariant: there is no process "${id}"`);
      return this.report(document);
    };
    checkCallCycles(catalogue, reportOf);
    checkCalendars(catalogue, new Set(this.ids('calendar')), reportOf);
    return { catalogue, processes: this.processes };
  }

  /** Compiles documents of a kind that need no others. */
  private compileAlone<T>(kind: DocumentKind, compiled: Map<string, T>, compile: (report: Report, ports: CompilePorts) => T): void {
    const { memory, ports } = this.surroundings;
    for (const document of this.documents.all(kind)) {
      compiled.set(
        document.id,
        memory.part(document, kind, [], this.findings, (report) => compile(report, ports)),
      );
    }
  }

  private compileDecisions(): void {
    for (const id of this.documents.broken('decision')) this.decisions.set(id, undefined);
    compileDecisions(this.documents.all('decision'), this.decisions, this.surroundings.memory, this.findings);
  }

  private compileReports(): ReadonlyMap<string, CompiledReport> {
    const { calendars, ports, memory } = this.surroundings;
    const surroundings = {
      registers: this.registers,
      registerIds: new Set(this.ids('register')),
      calendars,
      calendarIds: new Set(this.ids('calendar')),
    };
    const needs = Object.values(surroundings).flatMap((known) => [...known.keys(), ...known.values()]);
    const compiled = this.documents
      .all('report')
      .flatMap(
        (document) => memory.part(document, 'report', needs, this.findings, (report) => compileReport(report, surroundings, ports)) ?? [],
      );
    return new Map(compiled.map((report) => [report.id, report]));
  }

  private compileProcesses(): Catalogue['processes'] {
    const forms = new Map(this.forms);
    for (const id of this.documents.broken('form')) if (!forms.has(id)) forms.set(id, brokenForm(id));
    const { settingsType, ports, memory } = this.surroundings;
    const documents = this.documents.all('process');
    const sources: ProcessSources = {
      forms,
      rows: this.rowSchemas(),
      decisions: this.decisions,
      templates: this.templateSchemas(),
      reports: new Map(this.ids('report').map((id) => [id, true])),
      broken: this.documents.broken('process'),
      settingsType,
      ports,
    };
    const compiler = new ProcessesCompiler(documents, sources, memory, this.findings);
    compiler.compileAll();
    return new Map(
      documents.flatMap((document) => {
        const outcome = compiler.outcomes.get(document.id);
        if (outcome === undefined) return [];
        const { compiled, uses, index, sound } = outcome;
        this.checkShownBy(document.id, uses);
        if (sound && !this.hasErrors(document)) this.processes.set(document.id, { compiled, uses, document, index });
        return [[document.id, { compiled, uses }] as const];
      }),
    );
  }

  /** What a row of each register is; of one with findings anything. */
  private rowSchemas(): ReadonlyMap<string, JsonObject> {
    const { memory } = this.surroundings;
    const compiled = this.documents.all('register').flatMap((document): [string, JsonObject][] => {
      const register = this.registers.get(document.id);
      if (register === undefined) return [];
      return [[document.id, memory.part(document, 'row', [register], this.findings, () => rowSchemaOf(register))]];
    });
    return new Map([...this.documents.broken('register').map((id) => [id, anything] as const), ...compiled]);
  }

  /** What each template is filled with; of one with findings anything. */
  private templateSchemas(): ReadonlyMap<string, JsonObject> {
    const broken = this.documents.broken('template').map((id): [string, JsonObject] => [id, anything]);
    return new Map([...broken, ...[...this.templates].map(([id, { values }]): [string, JsonObject] => [id, values])]);
  }

  private checkShownBy(process: string, uses: ProcessUses): void {
    for (const [form, scopes] of uses.forms) {
      const document = this.formDocuments.get(form);
      if (document !== undefined) for (const names of scopes) checkShown(this.report(document), process, names);
    }
  }

  private hasErrors({ file, overlaid }: SourceDocument): boolean {
    return this.findings.some((finding) => finding.severity === 'error' && (finding.file === file || overlaid.includes(finding.file)));
  }

  private report(document: SourceDocument): Report {
    return new Report(document, this.findings);
  }

  private ids(kind: DocumentKind): string[] {
    return [...this.documents.all(kind).map(({ id }) => id), ...this.documents.broken(kind)];
  }
}

/** The JSON Schema of what nothing is known of. */
const anything: JsonObject = {};

/** Stands for a form that has findings of its own, so that what uses it has none because of that. */
function brokenForm(id: string): CompiledForm {
  return { id, hash: '', title: { zh: id, en: id }, schema: { type: 'object', additionalProperties: true }, shows: [] };
}
