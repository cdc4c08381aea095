import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { suggestion } from '../engine/language/suggestion';
import { projectRoot } from '../server/platform/project-root';

const folder = path.join(projectRoot, 'docs', 'rules');

/** Adds `neiqin explain [rule]` to the command line. */
export function registerExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('say what a rule of "neiqin check" means, with a wrong and a right example')
    .argument('[rule]', 'as the finding names it; without it all rules are listed')
    .action((rule: string | undefined) => {
      const { text, known } = explain(rule);
      (known ? process.stdout : process.stderr).write(`${text.trimEnd()}\n`);
      process.exitCode = known ? 0 : 2;
    });
}

/** The page of a rule, the list of all rules, or what was probably meant. */
export function explain(rule: string | undefined): { text: string; known: boolean } {
  const rules = readdirSync(folder).flatMap((file) => (file.endsWith('.md') && file !== 'README.md' ? [file.slice(0, -3)] : []));
  if (rule === undefined) return { text: readFileSync(path.join(folder, 'README.md'), 'utf8'), known: true };
  if (rules.includes(rule)) return { text: readFileSync(path.join(folder, `${rule}.md`), 'utf8'), known: true };
  return { text: `there is no rule "${rule}"; ${suggestion(rule, rules) ?? '"neiqin explain" lists all rules'}`, known: false };
}
