import type { NameScope } from '../feel/compile';
import type { ValueType } from '../feel/expression';
import type { VariableDeclaration } from '../runtime/process-model';

const any: ValueType = { kind: 'any' };
const string: ValueType = { kind: 'string' };

/** What `case` is in an expression. */
const caseType: ValueType = {
  kind: 'context',
  properties: { key: string, businessKey: string, startedBy: string, startedAt: { kind: 'dateTime' } },
};

/**
 * The names of a process, a sub-process, or one instance of a repeated activity: its own variables first, then those of what encloses it.
 * Declared variables stand under `variables` (or are a start's); results are what steps give without having been declared.
 */
export class Scope implements NameScope {
  private readonly declared = new Map<string, VariableDeclaration>();
  private readonly results = new Map<string, ValueType>();
  /** Results that more than one step writes. */
  private readonly shared = new Set<string>();
  private open = false;
  private original: Scope | undefined;

  constructor(
    private readonly settingsType: ValueType,
    readonly parent?: Scope,
  ) {}

  /** This scope as it is now, for those who look at it from outside; every name that they use is declared here too, where that declares it. */
  copy(): Scope {
    const copy = new Scope(this.settingsType, this.parent);
    for (const [name, declaration] of this.declared) copy.declared.set(name, declaration);
    for (const [name, type] of this.results) copy.results.set(name, type);
    for (const name of this.shared) copy.shared.add(name);
    copy.open = this.open;
    copy.original = this;
    return copy;
  }

  /** From now on every name is a variable: one that nothing declares is declared by being used, with any type. */
  allowEveryName(): void {
    this.open = true;
  }

  declare(name: string, declaration: VariableDeclaration): void {
    this.declared.set(name, declaration);
  }

  /** True for variables that `variables` or the start declares: those that a caller may set. */
  isDeclared(name: string): boolean {
    return this.declared.has(name) || this.open;
  }

  /** True where `variables` of this very scope, or a start, names it. */
  isOwnDeclaration(name: string): boolean {
    return this.declared.has(name);
  }

  /** What `variables` or a start says of a name that is seen from here; undefined where nothing declares it. */
  declarationOf(name: string): VariableDeclaration | undefined {
    return this.declaring(name)?.declared.get(name);
  }

  declaredNames(): string[] {
    return [...this.declared.keys()];
  }

  get size(): number {
    return this.declared.size + this.results.size;
  }

  has(name: string): boolean {
    return name === 'settings' || name === 'case' || this.isVariable(name);
  }

  isVariable(name: string): boolean {
    if (this.isOwn(name) || this.parent?.isVariable(name) === true) return true;
    if (this.open && name !== 'settings' && name !== 'case') {
      this.results.set(name, any);
      this.original?.isVariable(name);
    }
    return this.open;
  }

  typeOf(name: string): ValueType | undefined {
    if (name === 'settings') return this.settingsType;
    if (name === 'case') return caseType;
    return this.declared.get(name)?.type ?? this.results.get(name) ?? this.parent?.typeOf(name);
  }

  list(): string[] {
    const names = new Set([...this.declared.keys(), ...this.results.keys()]);
    for (const name of this.parent?.list() ?? ['settings', 'case']) names.add(name);
    return [...names];
  }

  /**
   * Notes what a step gives: to the nearest scope that declares the name, else as a variable of this one. `members` are added to the type of a
   * declared variable that receives it.
   */
  addResult(name: string, type: ValueType, members: Record<string, ValueType> = {}): void {
    const owner = this.declaring(name);
    const declared = owner?.declared.get(name);
    if (owner !== undefined && declared !== undefined) {
      owner.declared.set(name, { ...declared, type: withMembers(declared.type, members), ...admitting(declared, Object.keys(members)) });
      return;
    }
    const known = this.results.get(name);
    if (known !== undefined) this.shared.add(name);
    this.results.set(name, known === undefined ? type : commonType(known, type));
  }

  /** Replaces the type of a variable that nothing declares, once it is known. */
  refine(name: string, type: ValueType): void {
    if (this.declaring(name) === undefined && !this.shared.has(name) && this.results.has(name)) this.results.set(name, type);
  }

  /** Replaces the type of a variable of this scope, and what is asked of its values where that is known. */
  retype(name: string, type: ValueType, constraint?: VariableDeclaration['constraint']): void {
    const declared = this.declared.get(name);
    if (declared !== undefined) this.declared.set(name, { ...declared, type, ...(constraint === undefined ? {} : { constraint }) });
  }

  declarations(): Record<string, VariableDeclaration> {
    const implicit = [...this.results].filter(([name]) => !this.declared.has(name)).map(([name, type]) => [name, { type }] as const);
    return Object.fromEntries([...this.declared, ...implicit]);
  }

  /** True for a variable of this very scope. */
  isOwn(name: string): boolean {
    return this.declared.has(name) || this.results.has(name);
  }

  private declaring(name: string): Scope | undefined {
    return this.declared.has(name) ? this : this.parent?.declaring(name);
  }
}

/** A scope with names that are there in one place only, each a number: how far a repeated activity is. */
export function withNumbers(scope: Scope, numbers: readonly string[]): NameScope {
  return {
    has: (name) => numbers.includes(name) || scope.has(name),
    typeOf: (name) => (numbers.includes(name) ? { kind: 'number' } : scope.typeOf(name)),
    list: () => [...numbers, ...scope.list()],
  };
}

/** The names that there are before a case: without `case`. */
export function withoutCase(scope: Scope): NameScope {
  return {
    has: (name) => name !== 'case' && scope.has(name),
    typeOf: (name) => (name === 'case' ? undefined : scope.typeOf(name)),
    list: () => scope.list().filter((name) => name !== 'case'),
  };
}

/** The constraint of a variable, with members that a step adds to what it gives. */
function admitting({ constraint }: VariableDeclaration, members: readonly string[]): Pick<VariableDeclaration, 'constraint'> {
  if (constraint?.properties === undefined || members.length === 0) return {};
  const added = Object.fromEntries(members.map((name) => [name, {}]));
  return { constraint: { ...constraint, properties: { ...added, ...constraint.properties } } };
}

function withMembers(type: ValueType, members: Record<string, ValueType>): ValueType {
  if (type.kind !== 'context') return type;
  return { ...type, properties: { ...type.properties, ...members } };
}

/** The type of a result that two steps write: what is known of it; nothing where they contradict each other. */
function commonType(a: ValueType, b: ValueType): ValueType {
  if (a.kind === 'any') return b;
  return b.kind === 'any' || JSON.stringify(a) === JSON.stringify(b) ? a : any;
}
