import type { ProcessModel } from '../runtime/process-model';

/**
 * Variables with which cases of each process may begin: those that a call sets. A process that nothing here starts or calls is begun by somebody
 * who is not seen, with any of its variables.
 */
export function givenVariables(models: readonly ProcessModel[]): Map<string, Set<string>> {
  const given = new Map<string, Set<string>>();
  for (const model of models) {
    for (const node of Object.values(model.nodes)) {
      if (node.kind !== 'callActivity') continue;
      const names = given.get(node.process) ?? new Set<string>();
      for (const name of Object.keys(node.input)) names.add(name);
      const all = node.allVariables === 'in' || node.allVariables === 'both';
      if (all) for (const name of callable(models, node.process)) names.add(name);
      given.set(node.process, names);
    }
  }
  for (const { id, startForm, triggeredStarts = [] } of models) {
    if (given.has(id) || startForm !== undefined || triggeredStarts.length > 0) continue;
    given.set(id, new Set(callable(models, id)));
  }
  return given;
}

/** The variables of a process with which somebody may begin it: all but the results of its steps. */
function callable(models: readonly ProcessModel[], process: string): string[] {
  return models.flatMap(({ id, variables, nodes }) => {
    if (id !== process) return [];
    const results = new Set(Object.values(nodes).flatMap((node) => ('result' in node && node.result !== undefined ? [node.result] : [])));
    return Object.keys(variables).filter((name) => !results.has(name));
  });
}
