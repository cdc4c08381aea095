import type { Calendar } from '../calendar/calendar';
import { Budget, type Meter } from './budget';
import type { EvaluationScope } from './expression';
import { fromJson, type Value } from './value';

/** One evaluation under way: its budget, the names read so far, and the local names by slot. */
export class Run extends Budget {
  private local: Value[] = [];
  private readonly known = new Map<string, Value>();

  /** `shared` counts the work of several evaluations, this one among them. */
  constructor(
    private readonly scope: EvaluationScope,
    private readonly shared?: Meter,
  ) {
    super();
  }

  override spend(units: number): void {
    super.spend(units);
    this.shared?.spend(units);
  }

  /** The values of local names by slot. */
  get slots(): Value[] {
    return this.local;
  }

  /** Computes with other local names. */
  within(slots: Value[], compute: () => Value): Value {
    const outer = this.local;
    this.local = slots;
    const value = compute();
    this.local = outer;
    return value;
  }

  /** IANA zone in which local date and times are read. */
  get timezone(): string {
    return this.scope.timezone;
  }

  /** The calendar of an id; undefined where there is none. */
  calendar(id: string): Calendar | undefined {
    const { calendars } = this.scope;
    return calendars !== undefined && Object.hasOwn(calendars, id) ? calendars[id] : undefined;
  }

  get nowMs(): number {
    return this.scope.nowMs;
  }

  /** The value of a free name, converted once; null where the scope does not know it. */
  read(name: string): Value {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const found = this.scope.read(name);
    const value = found === undefined ? null : fromJson(found.value, found.type, this);
    this.known.set(name, value);
    return value;
  }

  /** True where the scope knows the name, even as null. */
  knows(name: string): boolean {
    return this.scope.read(name) !== undefined;
  }
}
