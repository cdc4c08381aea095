import type { ProcessModel } from '../runtime/process-model';

/** How far each node is from the start: its number in an order in which, loops apart, what comes before stands before. */
export function ranksOf(model: ProcessModel): Map<string, number> {
  const seen = new Set<string>();
  const order: string[] = [];
  const starts = [model.start, ...(model.triggeredStarts ?? []), ...(model.eventSubProcesses ?? []), ...Object.keys(model.nodes)];
  for (const start of starts) {
    if (start === undefined || seen.has(start)) continue;
    seen.add(start);
    const open = [{ id: start, next: followersOf(model, start) }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const id = top.next.pop();
      if (id === undefined) {
        order.push(top.id);
        open.pop();
      } else if (!seen.has(id)) {
        seen.add(id);
        open.push({ id, next: followersOf(model, id) });
      }
    }
  }
  return new Map(order.reverse().map((id, rank) => [id, rank]));
}

/** The nodes to which a token can come from a node: by flows, by its boundary events, and into a sub-process. Each is looked up once. */
export function followersIn(model: ProcessModel): (node: string) => readonly string[] {
  const known = new Map<string, string[]>();
  return (node) => {
    const found = known.get(node) ?? followersOf(model, node);
    known.set(node, found);
    return found;
  };
}

function followersOf(model: ProcessModel, id: string): string[] {
  const node = model.nodes[id];
  if (node === undefined) return [];
  const flows = node.outgoing.flatMap((flow) => model.flows[flow]?.to ?? []);
  const inner = node.kind === 'subProcess' ? [...node.entries, ...node.eventSubProcesses] : [];
  const boundary = 'boundary' in node ? node.boundary : [];
  const links = 'throws' in node && node.throws?.kind === 'link' ? linkTargets(model, node.throws.name, node.parent) : [];
  return [...flows, ...inner, ...boundary, ...links];
}

function linkTargets(model: ProcessModel, name: string, parent: string | undefined): string[] {
  return Object.values(model.nodes).flatMap((node) =>
    node.kind === 'intermediateCatchEvent' && node.trigger.kind === 'link' && node.trigger.name === name && node.parent === parent
      ? [node.id]
      : [],
  );
}
