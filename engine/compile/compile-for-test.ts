import { readDocument } from '../language/documents';
import { TEST_DEALERSHIP } from '../language/scenario';
import type { ProcessModel } from '../runtime/process-model';
import { type CompilePorts, compileDefinitions } from './compile';
import type { Compilation, SourceFile } from './deployment';

/** Documents that the test dealership is made of; a name that no file can have. */
const MADE = 'test dealership\0';
/** What a scenario puts in its place where no dealership is there: people for roles, answers for connectors; those of imported models anywhere. */
const standIns = new Set(['unknown-role', 'unknown-connector']);
const DUTY = 'everything-that-is-tested';

/**
 * Compiles definitions as `compileDefinitions` does, with one more dealership for scenarios that name none: it runs all processes and has
 * one person, `<role>@test`, for each role that they name, and an administrator. Where the files have a dealership of that id, it is theirs.
 */
export function compileForTest(files: readonly SourceFile[], ports: CompilePorts): Compilation {
  const documents = files.flatMap((file) => (/\.ya?ml$/u.test(file.path) ? (readDocument(file).document ?? []) : []));
  const processes = documents.filter(({ kind }) => kind === 'process').map(({ id }) => id);
  const dealerships = documents.filter(({ kind }) => kind === 'dealership').map(({ id }) => id);
  if (processes.length === 0 || dealerships.includes(TEST_DEALERSHIP)) return compileDefinitions(files, ports);
  const made: SourceFile[] = [
    { path: `${MADE}1.yaml`, text: `duty: ${DUTY}\nprocesses: ${JSON.stringify([...new Set(processes)])}\n` },
    { path: `${MADE}2.yaml`, text: `dealership: ${TEST_DEALERSHIP}\nduties: [${DUTY}]\nroles: { nobody: [nobody@test] }\n` },
  ];
  const { findings, dealerships: compiled } = compileDefinitions([...files, ...made], ports);
  const test = compiled[TEST_DEALERSHIP];
  if (test !== undefined) {
    const roles = new Set(['admin', ...Object.values(test.processes).flatMap(({ model }) => rolesOf(model))]);
    compiled[TEST_DEALERSHIP] = { ...test, roles: Object.fromEntries([...roles].sort().map((role) => [role, [`${role}@test`]])) };
  }
  const lone = dealerships.length === 0;
  return {
    findings: findings.filter(
      ({ file, rule, message }) => !file.startsWith(MADE) && !((lone || message.includes('"imported.')) && standIns.has(rule)),
    ),
    dealerships: compiled,
  };
}

function rolesOf(model: ProcessModel): string[] {
  const ofNodes = Object.values(model.nodes).flatMap((node) => {
    if (node.kind !== 'userTask') return [];
    const { assign, overdue, copy } = node;
    const others = assign.ifNobody?.kind === 'assign' ? assign.ifNobody.roles : [];
    const escalated = overdue.flatMap(({ action }) => (action.kind === 'escalate' ? action.roles : []));
    return [...assign.roles, ...others, ...escalated, ...(copy?.roles ?? [])];
  });
  return [...(model.startForm?.roles ?? []), ...ofNodes];
}
