import type { ValueType } from './expression';
import { normalName } from './normal-name';
import { anyType, memberOf } from './static-type';
import { namePattern } from './syntax';
import type { Node } from './tree';

export { normalName } from './normal-name';

/** The names that an expression may read. */
export interface NameScope {
  has(name: string): boolean;
  /** The type of a name; undefined where nothing is known of it. */
  typeOf(name: string): ValueType | undefined;
  /** All names, to suggest the one that is meant; without it only local names and members are suggested. */
  list?(): Iterable<string>;
  /** True where names may have spaces or operators in them, and so the parser has to be told them. Needs `list`. */
  hasIrregularNames?: boolean;
}

/** The names of a scope that the grammar alone does not read as one, by their normal form. */
export function irregularNames(scope: NameScope): ReadonlyMap<string, string> {
  if (scope.hasIrregularNames !== true) return new Map();
  return new Map([...(scope.list?.() ?? [])].filter((name) => !namePattern.test(name)).map((name) => [normalName(name), name]));
}

/** What the parser has to know of the names of a scope: their shape. */
export type NameShape = { [name: string]: NameShape | NameShape[] | null };

/** The shape of the names of a scope, to tell names with spaces in them from several; of a regular scope nothing. */
export function nameShapeOf(scope: NameScope): NameShape {
  if (scope.hasIrregularNames !== true) return {};
  return Object.fromEntries([...(scope.list?.() ?? [])].map((name) => [name, shapeOf(scope.typeOf(name) ?? anyType)]));
}

function shapeOf(type: ValueType): NameShape | NameShape[] | null {
  if (type.kind === 'list') {
    const items = shapeOf(type.items);
    return items === null || Array.isArray(items) ? null : [items];
  }
  if (type.kind !== 'context') return null;
  return Object.fromEntries(Object.entries(type.properties).map(([name, member]) => [name, shapeOf(member)]));
}

/** What local scopes know of a name: where it is bound, and the filters before that whose elements may have a member of the name. */
export interface LocalName {
  resolved: { node: Node; type: ValueType } | undefined;
  slots: number[];
}

/** A binding of a local name, or a filter's element, whose members are names as well; the scope around it is its parent. */
export class LocalScope {
  private constructor(
    private readonly name: string,
    private readonly type: ValueType,
    private readonly kind: 'name' | 'item' | 'partial',
    readonly slot: number,
    private readonly parent: LocalScope | undefined,
  ) {}

  /** The slot of the next binding inside a scope. */
  static next(parent: LocalScope | undefined): number {
    return parent === undefined ? 0 : parent.slot + 1;
  }

  /** A scope with one more name. */
  static bind(name: string, type: ValueType, parent: LocalScope | undefined): LocalScope {
    return new LocalScope(name, type, 'name', LocalScope.next(parent), parent);
  }

  /** The scope of the body of `for`, which may read its results so far (DMN 1.5 §10.3.2.14). */
  static partial(parent: LocalScope | undefined): LocalScope {
    return new LocalScope('partial', { kind: 'list', items: anyType }, 'partial', LocalScope.next(parent), parent);
  }

  /** The scope of a filter's condition: `item` and the item's members (DMN 1.3 §10.3.2). */
  static item(type: ValueType, parent: LocalScope | undefined): LocalScope {
    return new LocalScope('item', type, 'item', LocalScope.next(parent), parent);
  }

  /** Finds a name from the inside out. */
  static find(from: LocalScope | undefined, name: string): LocalName {
    const slots: number[] = [];
    for (let scope = from; scope !== undefined; scope = scope.parent) {
      if (scope.name === name && !scope.hasMember(name)) return { resolved: scope.value(), slots };
      if (scope.kind !== 'item') continue;
      if (scope.type.kind === 'any') slots.push(scope.slot);
      if (scope.type.kind !== 'context') continue;
      if (scope.hasMember(name)) return { resolved: scope.member(name), slots };
      if (scope.type.open === true) slots.push(scope.slot);
    }
    return { resolved: undefined, slots };
  }

  private value(): { node: Node; type: ValueType } {
    return { node: this.kind === 'partial' ? ['partial', this.slot] : ['slot', this.slot], type: this.type };
  }

  /** An element's own member, which comes before the element itself where it is called `item`. */
  private hasMember(name: string): boolean {
    return this.kind === 'item' && this.type.kind === 'context' && Object.hasOwn(this.type.properties, name);
  }

  private member(name: string): { node: Node; type: ValueType } {
    const found = memberOf(this.type, name);
    return { node: ['path', ['slot', this.slot], [name]], type: (found.found ? found.type : null) ?? { kind: 'any' } };
  }

  /** The names that a scope and those around it give. */
  static names(from: LocalScope | undefined): string[] {
    const names: string[] = [];
    for (let scope = from; scope !== undefined; scope = scope.parent) {
      names.push(scope.name);
      if (scope.kind === 'item' && scope.type.kind === 'context') names.push(...Object.keys(scope.type.properties));
    }
    return names;
  }
}
