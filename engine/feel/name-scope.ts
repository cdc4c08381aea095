import type { ValueType } from './expression';
import { memberOf } from './static-type';
import type { Node } from './tree';

/** The names that an expression may read. */
export interface NameScope {
  has(name: string): boolean;
  /** The type of a name; undefined where nothing is known of it. */
  typeOf(name: string): ValueType | undefined;
  /** All names, to suggest the one that is meant; without it only local names and members are suggested. */
  list?(): Iterable<string>;
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
    private readonly isItem: boolean,
    readonly slot: number,
    private readonly parent: LocalScope | undefined,
  ) {}

  /** The slot of the next binding inside a scope. */
  static next(parent: LocalScope | undefined): number {
    return parent === undefined ? 0 : parent.slot + 1;
  }

  /** A scope with one more name. */
  static bind(name: string, type: ValueType, parent: LocalScope | undefined): LocalScope {
    return new LocalScope(name, type, false, LocalScope.next(parent), parent);
  }

  /** The scope of a filter's condition: `item` and the item's members (DMN 1.3 §10.3.2). */
  static item(type: ValueType, parent: LocalScope | undefined): LocalScope {
    return new LocalScope('item', type, true, LocalScope.next(parent), parent);
  }

  /** Finds a name from the inside out. */
  static find(from: LocalScope | undefined, name: string): LocalName {
    const slots: number[] = [];
    for (let scope = from; scope !== undefined; scope = scope.parent) {
      if (scope.name === name) return { resolved: { node: ['slot', scope.slot], type: scope.type }, slots };
      if (!scope.isItem) continue;
      if (scope.type.kind === 'any') slots.push(scope.slot);
      if (scope.type.kind !== 'context') continue;
      if (Object.hasOwn(scope.type.properties, name)) return { resolved: scope.member(name), slots };
      if (scope.type.open === true) slots.push(scope.slot);
    }
    return { resolved: undefined, slots };
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
      if (scope.isItem && scope.type.kind === 'context') names.push(...Object.keys(scope.type.properties));
    }
    return names;
  }
}
