import type { ProcessModel, VariableDeclaration } from '../engine/runtime/process-model';

/** The variables that a step sees: its own where it is repeated, those of the sub-processes around it, those of the process; inner ones first. */
export function declarationsAround(model: ProcessModel, nodeId: string): Record<string, VariableDeclaration> {
  const node = model.nodes[nodeId];
  if (node === undefined) return model.variables;
  const loop = 'loop' in node ? node.loop?.variables : undefined;
  const inner = node.kind === 'subProcess' ? { ...node.variables, ...loop } : { ...loop };
  const outer = node.parent === undefined ? model.variables : declarationsAround(model, node.parent);
  return { ...outer, ...inner };
}
