import type { ProcessModel } from '../runtime/process-model';
import { unknownRegister } from './compile-register';
import type { ElementIndex } from './element-index';
import type { Report } from './report';
import { mapOf, textOf } from './step-document';

/** Connectors that work in the register that their input names. */
const OF_REGISTERS = 'register.';

/** Complains about steps whose connector is to work in a register that there is not, where they name it as it stands. */
export function checkRegisterUses(report: Report, index: ElementIndex, registers: ReadonlyMap<string, unknown>): void {
  for (const { path, value } of index.elements) {
    const { connector, input } = mapOf(value['serviceTask']);
    const register = textOf(mapOf(input)['register']);
    if (register === undefined || register.startsWith('=') || !String(connector).startsWith(OF_REGISTERS)) continue;
    if (!registers.has(register)) report.at([...path, 'serviceTask', 'input', 'register'], unknownRegister(register, registers.keys()));
  }
}

/** The registers that the connectors of a process name as they stand. */
export function registersUsed(model: ProcessModel): string[] {
  return Object.values(model.nodes).flatMap((node) => {
    if (node.kind !== 'serviceTask' || !node.connector.startsWith(OF_REGISTERS)) return [];
    const { register } = node.input;
    return register !== undefined && 'literal' in register && typeof register.literal === 'string' ? [register.literal] : [];
  });
}
