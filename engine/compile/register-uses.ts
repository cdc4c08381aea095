import type { ProcessModel } from '../runtime/process-model';

/** Connectors that work in the register that their input names. */
const OF_REGISTERS = 'register.';

/** The registers that the connectors of a process name as they stand. */
export function registersUsed(model: ProcessModel): string[] {
  return Object.values(model.nodes).flatMap((node) => {
    if (node.kind !== 'serviceTask' || !node.connector.startsWith(OF_REGISTERS)) return [];
    const { register } = node.input;
    return register !== undefined && 'literal' in register && typeof register.literal === 'string' ? [register.literal] : [];
  });
}
