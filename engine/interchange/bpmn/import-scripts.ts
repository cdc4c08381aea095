import type { ImportedExpressions } from './import-expressions';

const setters =
  /^(?:execution|kcontext|task|this\.environment)\.setVariable(?:Local)?\(\s*(["'])([\p{L}_][\p{L}\p{N}_]*)\1\s*,\s*([\s\S]+)\)$/u;
const assignments =
  /^(?:(?:var|let|const|def|int|boolean|String|Integer|Object)\s+)*(?:this\.environment\.(?:variables|output)\.)?([\p{L}_][\p{L}\p{N}_]*)\s*(\+|-)?=(?!=)\s*([\s\S]+)$/u;
const quiet = /^(?:(?:System\.out\.|console\.)?(?:println|print|log)\b[\s\S]*|next\(\)|\/\/.*|#.*|import\b.*|[Tt]rue|pass|)$/u;
/** A name for what the script runs in. */
const alias = /^(?:var|let|const|def)\s+([\p{L}_][\p{L}\p{N}_]*)\s*=\s*execution\.getProcessInstance\(\)$/u;

/** The assignments of a script, and the statements that only print something. */
export interface ScriptReading {
  set: Record<string, string>;
  quiet: string[];
}

/**
 * The assignments that a script consists of (`x = 1`, `execution.setVariable("x", y + 1)`), in their order; undefined where it does anything
 * else, but for printing.
 */
export function readScript(text: string, expressions: ImportedExpressions): ScriptReading | undefined {
  const reading: ScriptReading = { set: {}, quiet: [] };
  let holder: string | undefined;
  for (const written of statementsOf(text)) {
    const statement = holder === undefined ? written : written.replaceAll(`${holder}.`, 'execution.');
    const named = alias.exec(statement)?.[1];
    holder = named ?? holder;
    if (named !== undefined) continue;
    if (quiet.test(statement)) {
      if (statement !== '') reading.quiet.push(statement);
      continue;
    }
    const [, , setName, setValue] = setters.exec(statement) ?? [];
    const [, name, operator, value] =
      setName === undefined ? (assignments.exec(increment(statement)) ?? []) : [undefined, setName, undefined, setValue];
    if (name === undefined || value === undefined) return undefined;
    const feel = expressions.silent(operator === undefined ? value : `${name} ${operator} (${value})`);
    if (feel === undefined) return undefined;
    // a variable that is read under its own name stays what it is
    if (feel === `=${name}`) continue;
    if (Object.hasOwn(reading.set, name)) return undefined;
    reading.set[name] = feel;
  }
  return reading;
}

function increment(statement: string): string {
  return statement.replace(/^([\p{L}_][\p{L}\p{N}_]*)(\+\+|--)$/u, (_, name: string, sign: string) => `${name} ${sign[0]}= 1`);
}

/** Statements apart by semicolons and ends of lines that are not inside of quotes or brackets. */
function statementsOf(text: string): string[] {
  const statements: string[] = [];
  let current = '';
  let depth = 0;
  let quote: string | undefined;
  for (const sign of text.slice(0, 20_000)) {
    if (quote !== undefined) quote = sign === quote ? undefined : quote;
    else if (sign === '"' || sign === "'") quote = sign;
    else if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
    if (depth === 0 && quote === undefined && (sign === ';' || sign === '\n')) {
      statements.push(current.trim());
      current = '';
    } else current += sign;
  }
  return [...statements, current.trim()];
}
