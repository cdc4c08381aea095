import type { CompiledSources } from '../../compile/compile';
import { mapOf } from '../../compile/step-document';
import type { Expression } from '../../feel/expression';
import { quoted } from '../../language/suggestion';
import type { ProcessModel } from '../../runtime/process-model';
import { givenVariables } from '../given-variables';
import type { Rule } from '../rule';
import { writersOf } from '../writers';

/** A variable that is read and that nothing gives a value: it is null for ever. */
export const variableNeverSet: Rule = {
  id: 'variable-never-set',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    const given = givenVariables([...sources.processes.values()].map(({ compiled }) => compiled.model));
    const scheduled = givenBySchedules(sources.documents);
    return [...sources.processes].flatMap(
      ([
        id,
        {
          compiled: { model },
          document,
        },
      ]) => {
        const written = writersOf(model, sources.forms);
        const read = readIn(model);
        return Object.entries(model.variables).flatMap(([name, declared]) => {
          if (
            declared.default !== undefined ||
            written.has(name) ||
            given.get(id)?.has(name) === true ||
            scheduled.has(`${id} ${name}`) ||
            !read.has(name)
          )
            return [];
          if (document.at(['variables', name]) === undefined) return [];
          const message = `nothing ever gives the variable ${quoted(name)} a value, and it is read`;
          const remedy = 'give it a default, set it in a step, or take it from the start form or the caller';
          return [{ document, path: ['variables', name], part: 'key' as const, message, remedy }];
        });
      },
    );
  },
};

/** What schedules of duties begin cases with: process and variable. */
function givenBySchedules(documents: CompiledSources['documents']): Set<string> {
  const entries = documents.flatMap(({ kind, value }) => (kind === 'duty' && Array.isArray(value['schedules']) ? value['schedules'] : []));
  return new Set(
    entries.flatMap((entry) => {
      const { start, variables } = mapOf(entry);
      return Object.keys(mapOf(variables)).map((name) => `${String(start)} ${name}`);
    }),
  );
}

/** The names that the expressions of a model read, wherever they stand. */
function readIn(model: ProcessModel): Set<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    if (isExpression(value)) for (const name of value.reads) names.add(name);
    else for (const part of Object.values(value)) visit(part);
  };
  visit(model);
  return names;
}

function isExpression(value: object): value is Expression {
  return 'reads' in value && 'tree' in value && Array.isArray(value.reads);
}
