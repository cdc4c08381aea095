import type { ObservedStep } from '../language/scenario-host';
import type { Passage } from '../runtime/draft';
import type { ModelClosure, Node, ProcessModel } from '../runtime/process-model';
import type { EngineRecord } from '../runtime/records';

/**
 * How often gateways, starts and ends were passed: what leaves no record of its own. A gateway is passed when it lets tokens go on, however many
 * came and go; a start or an end for each token.
 */
export function passagesOf(
  closure: ModelClosure,
  passed: readonly Passage[],
  records: readonly EngineRecord[],
): (ObservedStep & { count: number })[] {
  const models = new Map(Object.values(closure.models).map((model) => [model.id, model]));
  const counts = new Map<string, ObservedStep & { count: number }>();
  const count = (processId: string, elementId: string): void => {
    const key = `${processId}/${elementId}`;
    counts.set(key, { processId, elementId, count: (counts.get(key)?.count ?? 0) + 1 });
  };
  let last: { gateway: string; flows: Set<string> } | undefined;
  for (const { process, node, flow = '' } of passed) {
    const model = models.get(process);
    const kind = model?.nodes[node]?.kind;
    if (kind === 'startEvent' || kind === 'endEvent') count(process, node);
    const from = model?.flows[flow]?.from ?? '';
    const passing = model?.nodes[from]?.kind ?? '';
    if (passing === 'exclusiveGateway') count(process, from);
    if (passing === 'exclusiveGateway' || !passing.endsWith('Gateway')) {
      last = undefined;
      continue;
    }
    // tokens that leave a gateway together stand one behind the other, each on a flow of its own
    const gateway = `${process}/${from}`;
    if (last?.gateway === gateway && !last.flows.has(flow)) last.flows.add(flow);
    else {
      count(process, from);
      last = { gateway, flows: new Set([flow]) };
    }
  }
  for (const gateway of happenedAfter(records)) {
    for (const [id, model] of models) if (isEventBased(model, gateway)) count(id, gateway);
  }
  return [...counts.values()];
}

/** Nodes whose flow was chosen by what happened first. */
function happenedAfter(records: readonly EngineRecord[]): string[] {
  return records.flatMap((record) => (record.type === 'branchTaken' && record.elementId !== undefined ? [record.elementId] : []));
}

function isEventBased(model: ProcessModel, id: string): boolean {
  const node: Node | undefined = model.nodes[id];
  return node?.kind === 'eventBasedGateway';
}
