import pc from 'picocolors';
import { Problem, type Progress } from '../server/platform/problem';

/** Progress lines on stderr, with the seconds since the start. Colours follow NO_COLOR and FORCE_COLOR. */
export function progressOnStderr(): Progress {
  const begun = Date.now();
  const colours = pc.createColors(pc.isColorSupported && (process.stderr.isTTY === true || process.env['FORCE_COLOR'] !== undefined));
  return (line) => {
    const seconds = ((Date.now() - begun) / 1000).toFixed(1).padStart(5);
    process.stderr.write(`${colours.dim(`neiqin ${seconds} s`)}  ${line}\n`);
  };
}

/** Prints a failure: what people can mend in two lines, anything else with its stack. Answers the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof Problem) {
    process.stderr.write(`neiqin: ${error.message}\n  → ${error.remedy}\n`);
    return error.exitCode;
  }
  process.stderr.write(`neiqin: ${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
