import { feelText } from '../compile/expressions';
import { compileExpression } from '../feel/compile';
import type { Expression } from '../feel/expression';
import type { JsonObject } from '../json';
import type { ModelClosure } from '../runtime/process-model';

/** The member of `settings` under which conditions that cannot be known ask. No dealership's settings have it. */
const member = 'oracle';

/**
 * Answers for the conditions that an analysis takes both ways. In the model such a condition reads `settings.oracle.<site>`, and the closure's
 * settings have a getter there: the engine evaluates what it always does, and the analysis learns what was asked and says what is answered.
 */
export class Oracle {
  readonly settings: JsonObject = {};
  readonly settingsType: ModelClosure['settingsType'] = { kind: 'context', properties: { [member]: { kind: 'any' } } };
  readonly #sites: JsonObject = {};
  #count = 0;
  #plan: readonly boolean[] = [];
  #answers: boolean[] = [];
  #asked = new Map<string, number>();
  #turned: string | undefined;
  readonly #awaited = new Map<string, boolean>();
  #assumed = false;
  #overrun = false;

  constructor() {
    this.settings[member] = this.#sites;
  }

  /** An expression that asks: a way to choose, or (`awaited`) something that may be true at once, or turn true when the analysis says so. */
  site(kind: 'chosen' | 'awaited'): { id: string; expression: Expression } {
    this.#count += 1;
    const id = `${kind}${this.#count}`;
    const answer = kind === 'chosen' ? () => this.#choose(id) : () => this.#turned === id || this.#await(id);
    Object.defineProperty(this.#sites, id, { enumerable: true, get: answer });
    const compiled = compileExpression(`settings.${member}.${id}`, anyName);
    if (!compiled.ok) throw new Error(`invariant: "${id}" is no name`);
    return { id, expression: compiled.expression };
  }

  /** An expression that gives one of these texts, each in a way of its own. */
  choice(first: string, others: readonly string[]): Expression {
    const text = others.reduce(
      (rest, other) => `if ${this.site('chosen').expression.text} then ${feelText(other)} else ${rest}`,
      feelText(first),
    );
    const compiled = compileExpression(text, anyName);
    if (!compiled.ok) throw new Error(`invariant: "${text}" is no expression`);
    return compiled.expression;
  }

  /**
   * Runs something once for each way in which what it asks can be answered; an answer is asked for twice at most in one run, since what goes round
   * without a wait is a finding of its own. Gives false where there were more ways than `most`.
   *
   * @param turned the awaited site that turns true in this run
   */
  everyWay(run: () => void, most: number, turned?: string): boolean {
    const open: boolean[][] = [[]];
    for (let runs = 0; runs < most; runs += 1) {
      const plan = open.pop();
      if (plan === undefined) return true;
      this.#plan = plan;
      this.#answers = [];
      this.#asked = new Map();
      this.#awaited.clear();
      this.#assumed = false;
      this.#overrun = false;
      this.#turned = turned;
      run();
      for (let at = plan.length; at < this.#answers.length; at += 1) open.push([...this.#answers.slice(0, at), !this.#answers[at]]);
    }
    return open.length === 0;
  }

  /** True where the run that is under way went round without a wait. */
  get overrun(): boolean {
    return this.#overrun;
  }

  /** True where the run that is under way could have gone otherwise. */
  get assumed(): boolean {
    return this.#assumed;
  }

  /** What is awaited may be true as soon as it is asked; in one run it stays as it is. */
  #await(id: string): boolean {
    const known = this.#awaited.get(id);
    if (known !== undefined) return known;
    const answer = this.#plan[this.#answers.length] ?? false;
    this.#answers.push(answer);
    this.#awaited.set(id, answer);
    this.#assumed ||= answer;
    return answer;
  }

  #choose(id: string): boolean {
    this.#assumed = true;
    const asked = this.#asked.get(id) ?? 0;
    this.#asked.set(id, asked + 1);
    if (asked >= 2) {
      this.#overrun = true;
      // an expression that cannot be computed stops the token, and with it the run
      throw new Error('asked too often');
    }
    const answer = this.#plan[this.#answers.length] ?? true;
    this.#answers.push(answer);
    return answer;
  }
}

const anyName = { has: () => true, typeOf: () => ({ kind: 'any' as const }) };
