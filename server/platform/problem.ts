/**
 * A failure that the person at the terminal can mend: what is wrong, and what to do about it. The command line prints both without a
 * stack and exits with `exitCode`: 2 for a wrong setting or wrong use, 1 for everything else.
 */
export class Problem extends Error {
  constructor(
    message: string,
    readonly remedy: string,
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
    this.name = 'Problem';
  }
}

/** Takes one line of progress. */
export type Progress = (line: string) => void;
