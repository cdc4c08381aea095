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
import { compileProcess, type PreparedProcess, prepareProcess, refineCallResults, resultType } from './compile-process';
import { checkReferences, compileRegister } from './compile-register';
import { compileReport } from './compile-report';
import { compileTemplate } from './compile-template';
import { type CompilePorts, contentHash } from './content-hash';
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
    const { calendars, settingsType, ports } = this.surroundings;
    for (const document of this.documents.all('form')) this.forms.set(document.id, compileForm(this.report(document), ports));
    this.compileDecisions();
    this.compileRegisters();
    for (const document of this.documents.all('template')) this.templates.set(document.id, compileTemplate(this.report(document), ports));
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

  private compileDecisions(): void {
    for (const id of this.documents.broken('decision')) this.decisions.set(id, undefined);
    compileDecisions(this.documents.all('decision'), this.decisions, (document) => this.report(document));
  }

  private compileRegisters(): void {
    const known = new Set(this.ids('register'));
    for (const document of this.documents.all('register')) {
      this.registers.set(document.id, compileRegister(this.report(document), this.surroundings.ports));
      checkReferences(this.report(document), known);
    }
  }

  private compileReports(): ReadonlyMap<string, CompiledReport> {
    const { calendars, ports } = this.surroundings;
    const surroundings = {
      registers: this.registers,
      registerIds: new Set(this.ids('register')),
      calendars,
      calendarIds: new Set(this.ids('calendar')),
    };
    const compiled = this.documents.all('report').flatMap((document) => compileReport(this.report(document), surroundings, ports) ?? []);
    return new Map(compiled.map((report) => [report.id, report]));
  }

  private compileProcesses(): Catalogue['processes'] {
    const forms = new Map(this.forms);
    for (const id of this.documents.broken('form')) if (!forms.has(id)) forms.set(id, brokenForm(id));
    const { settingsType } = this.surroundings;
    const prepared = this.documents
      .all('process')
      .map((document) => prepareProcess(this.report(document), { forms, rows: this.rowSchemas() }, settingsType));
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
      const { model, uses } = compileProcess(process, {
        forms,
        processes,
        decisions: this.decisions,
        rows: this.rowSchemas(),
        reports: new Set(this.ids('report')),
        templates: this.templateSchemas(),
        hashOf: compile,
      });
      this.checkShownBy(id, uses);
      const hash = contentHash(model, this.surroundings.ports);
      compiled.set(id, { compiled: { id, hash, model }, uses });
      const { document } = process.report;
      const sound = this.findings.slice(before).every(({ severity }) => severity !== 'error') && !this.hasErrors(document);
      if (sound) this.processes.set(id, { compiled: { id, hash, model }, uses, document, index: process.index });
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

  /** What a row of each register is; of one with findings anything. */
  private rowSchemas(): ReadonlyMap<string, JsonObject> {
    const broken = this.documents.broken('register').map((id): [string, JsonObject] => [id, {}]);
    return new Map([...broken, ...[...this.registers].map(([id, register]): [string, JsonObject] => [id, rowSchemaOf(register)])]);
  }

  /** What each template is filled with; of one with findings anything. */
  private templateSchemas(): ReadonlyMap<string, JsonObject> {
    const broken = this.documents.broken('template').map((id): [string, JsonObject] => [id, {}]);
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

/** Stands for a form that has findings of its own, so that what uses it has none because of that. */
function brokenForm(id: string): CompiledForm {
  return { id, hash: '', title: { zh: id, en: id }, schema: { type: 'object', additionalProperties: true }, shows: [] };
}
