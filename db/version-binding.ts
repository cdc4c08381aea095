import type { CompiledDealership } from '../engine/compile/deployment';
import type { ModelClosure, ProcessModel } from '../engine/runtime/process-model';
import type { Transaction } from './database';

/** A call that names a version which is not published, with what to do. */
export class UnknownVersionError extends Error {
  override name = 'UnknownVersionError';
  constructor(
    readonly dealership: string,
    readonly processId: string,
    readonly version: number,
    readonly elementId: string,
  ) {
    super(`step "${elementId}" calls version ${version} of "${processId}", which is not published at "${dealership}"`);
  }
}

/** Versions that a model's calls are pinned to: process and number, with the step that says so. */
export function pinnedVersions(model: ProcessModel): { process: string; version: number; elementId: string }[] {
  return Object.values(model.nodes).flatMap((node) =>
    node.kind === 'callActivity' && node.binding?.kind === 'version'
      ? [{ process: node.process, version: node.binding.version, elementId: node.id }]
      : [],
  );
}

/**
 * Binds the pinned calls of a closure to published versions: `<process id>@<version>` to the hash of its model. What such a version calls is
 * bound as everything else: to its latest version, or to the one that it is pinned to. The calendars that it names are those of today.
 *
 * @throws {UnknownVersionError}
 */
export async function bindVersions(trx: Transaction, compiled: CompiledDealership, closure: ModelClosure): Promise<ModelClosure> {
  const processes = { ...closure.processes };
  const models = { ...closure.models };
  const open = Object.values(models);
  for (let model = open.pop(); model !== undefined; model = open.pop()) {
    for (const { process, version, elementId } of pinnedVersions(model)) {
      const name = `${process}@${version}`;
      if (Object.hasOwn(processes, name)) continue;
      const found = await findVersion(trx, compiled.id, process, version);
      if (found === undefined) throw new UnknownVersionError(compiled.id, process, version, elementId);
      processes[name] = found.hash;
      if (Object.hasOwn(models, found.hash)) continue;
      models[found.hash] = found.model;
      open.push(found.model);
    }
    for (const callee of latestCallees(model, compiled)) {
      if (Object.hasOwn(processes, callee.id)) continue;
      processes[callee.id] = callee.hash;
      models[callee.hash] = callee.model;
      open.push(callee.model);
    }
  }
  const calendars = Object.keys(processes).length === Object.keys(closure.processes).length ? {} : { calendars: compiled.calendars };
  return { ...closure, processes, models, ...calendars };
}

function latestCallees(model: ProcessModel, compiled: CompiledDealership) {
  return Object.values(model.nodes).flatMap((node) => {
    const callee = node.kind === 'callActivity' && node.binding?.kind !== 'version' ? compiled.processes[node.process] : undefined;
    return callee === undefined ? [] : [callee];
  });
}

async function findVersion(
  trx: Transaction,
  dealership: string,
  processId: string,
  version: number,
): Promise<{ hash: string; model: ProcessModel } | undefined> {
  const [row] = await trx.query<{ hash: string; model: ProcessModel }>(
    'select model_hash as hash, model from process_definition where dealership_id = $1 and process_id = $2 and version = $3',
    [dealership, processId, version],
  );
  return row;
}
