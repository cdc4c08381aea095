/** Units of work that one evaluation may spend: a unit is a node evaluated, an element of a list touched, or 16 characters written. */
export const evaluationUnits = 100_000;
/** How deep an evaluation, a compared value or a written value may nest. */
export const evaluationDepth = 200;

/** Thrown inside an evaluation that exceeds its budget; `evaluate` turns it into `expression-too-costly`. */
export class TooCostly extends Error {}

/** Something that counts work; throws `TooCostly` when there is none left. */
export interface Meter {
  spend(units: number): void;
}

/** The work that is left to one evaluation, or to several that share it. */
export class Budget implements Meter {
  private depth = 0;

  constructor(private left = evaluationUnits) {}

  spend(units: number): void {
    this.left -= units;
    if (this.left < 0) throw new TooCostly();
  }

  /** Spends a unit and goes one level down; every `enter` is followed by a `leave` unless it throws. */
  enter(): void {
    this.depth += 1;
    if (this.depth > evaluationDepth) throw new TooCostly();
    this.spend(1);
  }

  leave(): void {
    this.depth -= 1;
  }

  /** Spends what a string of so many characters costs. */
  spendCharacters(length: number): void {
    this.spend(length >> 4);
  }
}
