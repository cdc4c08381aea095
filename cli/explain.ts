import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { suggestion } from '../engine/language/suggestion';
import { projectRoot } from '../server/platform/project-root';
import { WrongUse } from './definition-roots';

const folder = path.join(projectRoot, 'docs', 'rules');

/** Adds `neiqin explain [name]` to the command line. */
export function registerExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('say what a rule of "neiqin check" means, or, with --for, what a dealership runs and why each step of it is there')
    .argument('[name]', 'a rule as the finding names it, or with --for a process, form or decision; without it all rules are listed')
    .option('--for <dealership>', 'show the document as overlays make it at this dealership, each line with its file and line')
    .option('--kind <kind>', 'process, form or decision, where several have the id')
    .option('--definitions <folder>', 'the folder of the definitions', 'definitions')
    .option('--json', 'with --for: as JSON')
    .action(async (name: string | undefined, options: ExplainOptions) => {
      process.exitCode = await runExplain(name, options, {
        out: (text) => process.stdout.write(text),
        error: (line) => process.stderr.write(`${line}\n`),
      });
    });
}

/** The options of `neiqin explain` as they were typed. */
export interface ExplainOptions {
  readonly for?: string;
  readonly kind?: string;
  readonly definitions?: string;
  readonly json?: boolean;
}

/**
 * Explains a rule, or the effective document of a dealership.
 *
 * @returns the exit code: 0, or 2 where there is no such thing
 */
export async function runExplain(
  name: string | undefined,
  options: ExplainOptions,
  output: { out(text: string): void; error(line: string): void },
): Promise<0 | 2> {
  const { for: dealership, definitions: folder = 'definitions', kind, json = false } = options;
  try {
    if (dealership !== undefined) {
      if (name === undefined) throw new WrongUse('name the process, form or decision: neiqin explain order-to-delivery --for haizhu');
      const { explainEffective } = await import('./explain-effective.js');
      output.out(await explainEffective(name, { dealership, folder, json, ...(kind === undefined ? {} : { kind }) }));
      return 0;
    }
    const { text, known } = explain(name);
    if (known) output.out(`${text.trimEnd()}\n`);
    else output.error(text.trimEnd());
    return known ? 0 : 2;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

/** The page of a rule, the list of all rules, or what was probably meant. */
export function explain(rule: string | undefined): { text: string; known: boolean } {
  const rules = readdirSync(folder).flatMap((file) => (file.endsWith('.md') && file !== 'README.md' ? [file.slice(0, -3)] : []));
  if (rule === undefined) return { text: readFileSync(path.join(folder, 'README.md'), 'utf8'), known: true };
  if (rules.includes(rule)) return { text: readFileSync(path.join(folder, `${rule}.md`), 'utf8'), known: true };
  return { text: `there is no rule "${rule}"; ${suggestion(rule, rules) ?? '"neiqin explain" lists all rules'}`, known: false };
}
