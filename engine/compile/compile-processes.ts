import type { DecisionTable } from '../decision/decision-table';
import type { ValueType } from '../feel/expression';
import type { JsonObject } from '../json';
import type { SourceDocument } from '../language/source-document';
import { type CompileMemory, Reads, recall, type Source, type Told, told } from './compile-memory';
import { compileProcess, type PreparedProcess, prepareProcess, refineCallResults, resultType, type Surroundings } from './compile-process';
import { type CompilePorts, contentHash } from './content-hash';
import type { CompiledForm, CompiledProcess, Finding } from './deployment';
import type { ElementIndex } from './element-index';
import type { ProcessUses } from './process-uses';
import type { Scope } from './scopes';

/** What processes are compiled beside. */
export interface ProcessSources {
  forms: ReadonlyMap<string, CompiledForm>;
  /** The JSON Schema of a row of each register. */
  rows: ReadonlyMap<string, JsonObject>;
  decisions: ReadonlyMap<string, DecisionTable | undefined>;
  /** What each template of documents is filled with. */
  templates: ReadonlyMap<string, JsonObject>;
  /** By their ids. */
  reports: ReadonlyMap<string, true>;
  /** Ids of processes that are there and cannot be read. */
  broken: readonly string[];
  settingsType: ValueType;
  ports: CompilePorts;
}

/** A process that was compiled; meaningless where it has errors. */
export interface ProcessOutcome {
  compiled: CompiledProcess;
  uses: ProcessUses;
  index: ElementIndex;
  /** Its steps have no errors; its document may have others. */
  sound: boolean;
}

/** A process whose steps and variables were read once. */
interface Draft {
  reads: Reads;
  findings: Finding[];
  /** What a call of it receives. */
  gives: ValueType;
  /** As it was read, for whoever takes it: compiling changes it. */
  spare: Told<PreparedProcess> | undefined;
  refined: Refined[];
}

/** A draft whose calls have the types of what they receive. */
interface Refined {
  reads: Reads;
  /** Its variables before its own steps are compiled, as callers see them that come first. */
  atFirst: Scope;
  spare: Told<PreparedProcess> | undefined;
  outcomes: Remembered[];
}

interface Remembered extends Told<ProcessOutcome> {
  reads: Reads;
  scope: Scope;
}

/**
 * Compiles processes beside each other; one that calls another in the version of the same deployment after that. Each reads the others only through
 * maps that note it, so that one of which nothing has changed that it reads is recalled.
 */
export class ProcessesCompiler {
  readonly outcomes = new Map<string, ProcessOutcome>();
  readonly #documents: ReadonlyMap<string, SourceDocument>;
  readonly #drafts = new Map<string, Draft>();
  readonly #refined = new Map<string, Refined>();
  /** Variables of every process by its id; undefined where the process itself has findings. */
  readonly #scopes = new Map<string, Scope | undefined>();
  /** Those whose compilation has begun. */
  readonly #begun = new Set<string>();
  readonly #sources: Readonly<Record<string, Source<unknown>>>;

  constructor(
    documents: readonly SourceDocument[],
    private readonly sources: ProcessSources,
    private readonly memory: CompileMemory,
    private readonly findings: Finding[],
  ) {
    this.#documents = new Map(documents.map((document) => [document.id, document]));
    const { forms, rows, decisions, templates, reports } = sources;
    const only = (get: (id: string) => unknown): Source<unknown> => ({
      get,
      has: (id) => this.#documents.has(id),
      keys: () => this.#documents.keys(),
    });
    this.#sources = {
      forms,
      rows,
      decisions,
      templates,
      reports,
      processes: this.#scopes,
      types: only((id) => this.#drafts.get(id)?.gives),
      hashes: only((id) => this.#compile(id)),
    };
  }

  compileAll(): void {
    for (const document of this.#documents.values()) {
      const draft = this.#draft(document);
      this.#drafts.set(document.id, draft);
      this.findings.push(...draft.findings);
    }
    for (const [id, draft] of this.#drafts) this.#refined.set(id, this.#refine(id, draft));
    for (const id of this.#documents.keys()) this.#scopes.set(id, this.#refinedOf(id).atFirst);
    for (const id of this.sources.broken) this.#scopes.set(id, undefined);
    for (const id of this.#documents.keys()) this.#compile(id);
  }

  #draft(document: SourceDocument): Draft {
    return recall<Draft>(
      this.memory.of(document, 'process'),
      ({ reads }) => reads.hold(this.#sources),
      () => {
        const reads = new Reads();
        const spare = this.#prepare(document, reads);
        return { reads, findings: [...spare.findings], gives: resultType(spare.value), spare, refined: [] };
      },
    );
  }

  #prepare(document: SourceDocument, reads: Reads): Told<PreparedProcess> {
    const { forms, rows, settingsType } = this.sources;
    return told(document, (report) =>
      prepareProcess(report, { forms: reads.watch('forms', forms), rows: reads.watch('rows', rows) }, settingsType),
    );
  }

  #refine(id: string, draft: Draft): Refined {
    return recall<Refined>(
      draft.refined,
      ({ reads }) => reads.hold(this.#sources),
      () => {
        const reads = new Reads();
        const prepared = this.#takePrepared(id, draft, reads);
        return { reads, atFirst: prepared.value.variables.copy(), spare: prepared, outcomes: [] };
      },
    );
  }

  #takePrepared(id: string, draft: Draft, reads: Reads): Told<PreparedProcess> {
    const prepared = draft.spare ?? this.#prepare(this.#document(id), new Reads());
    draft.spare = undefined;
    const types = new Map([...this.#drafts].map(([process, { gives }]) => [process, gives]));
    refineCallResults(prepared.value, reads.watch('types', types));
    return prepared;
  }

  /** Gives the hash of a process; undefined where it is being compiled, or is not there. */
  #compile(id: string): string | undefined {
    const document = this.#documents.get(id);
    if (this.#begun.has(id) || document === undefined) return this.outcomes.get(id)?.compiled.hash;
    this.#begun.add(id);
    const refined = this.#refinedOf(id);
    const known = recall<Remembered>(
      refined.outcomes,
      ({ reads, scope }) => {
        this.#scopes.set(id, scope);
        return reads.hold(this.#sources);
      },
      () => this.#compileAnew(document, refined),
    );
    this.findings.push(...known.findings);
    this.#scopes.set(id, known.scope);
    this.outcomes.set(id, known.value);
    return known.value.compiled.hash;
  }

  #compileAnew(document: SourceDocument, refined: Refined): Remembered {
    const { id } = document;
    const prepared = refined.spare ?? this.#takePrepared(id, this.#draftOf(id), new Reads());
    refined.spare = undefined;
    const { variables: scope, index } = prepared.value;
    this.#scopes.set(id, scope);
    const reads = new Reads();
    const before = prepared.findings.length;
    const { model, uses } = compileProcess(prepared.value, this.#surroundings(reads));
    const findings = prepared.findings.slice(before);
    const compiled = { id, hash: contentHash(model, this.sources.ports), model };
    const sound = findings.every(({ severity }) => severity !== 'error');
    return { reads, findings, scope, value: { compiled, uses, index, sound } };
  }

  #surroundings(reads: Reads): Surroundings {
    const { forms, rows, decisions, templates, reports } = this.sources;
    return {
      forms: reads.watch('forms', forms),
      processes: reads.watch('processes', this.#scopes),
      decisions: reads.watch('decisions', decisions),
      rows: reads.watch('rows', rows),
      reports: reads.watch('reports', reports),
      templates: reads.watch('templates', templates),
      hashOf: (process) => {
        const hash = this.#compile(process);
        reads.note('hashes', process, hash);
        return hash;
      },
    };
  }

  #draftOf(id: string): Draft {
    const draft = this.#drafts.get(id);
    if (draft === undefined) throw new Error(`invariant: process "${id}" was not read`);
    return draft;
  }

  #refinedOf(id: string): Refined {
    const refined = this.#refined.get(id);
    if (refined === undefined) throw new Error(`invariant: process "${id}" was not read`);
    return refined;
  }

  #document(id: string): SourceDocument {
    const document = this.#documents.get(id);
    if (document === undefined) throw new Error(`invariant: there is no process "${id}"`);
    return document;
  }
}
