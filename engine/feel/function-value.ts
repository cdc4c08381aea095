import type { Run } from './run';
import type { Value } from './value';

/** A FEEL function as a value: one that an expression defines, or a built-in one. It has no JSON and lives within one evaluation. */
export class FunctionValue {
  constructor(
    /** The names of the parameters; undefined for a built-in function, which checks its arguments itself. */
    readonly parameters: readonly string[] | undefined,
    private readonly body: (args: Value[], run: Run) => Value,
  ) {}

  /** True where it can be called with so many arguments. */
  takes(count: number): boolean {
    return this.parameters === undefined || this.parameters.length === count;
  }

  /** The value for the arguments; null where there are too few or too many. */
  call(args: Value[], run: Run): Value {
    run.spend(1 + args.length);
    return this.takes(args.length) ? this.body(args, run) : null;
  }
}
