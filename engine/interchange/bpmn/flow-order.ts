import type { GraphFlowDocument, GraphNode } from './import-container';

/** The flows of one process or sub-process, and what its nodes have to pass. */
export class FlowOrder {
  private readonly outgoing = new Map<string, GraphFlowDocument[]>();
  private readonly incoming = new Map<string, GraphFlowDocument[]>();
  /** The nearest node that each way on from a node has to pass; undefined where that is only the end. */
  private readonly nearest = new Map<string, string | undefined>();

  constructor(
    readonly nodes: ReadonlyMap<string, GraphNode>,
    flows: readonly GraphFlowDocument[],
  ) {
    for (const flow of flows) {
      this.outgoing.set(flow.from, [...(this.outgoing.get(flow.from) ?? []), flow]);
      this.incoming.set(flow.to, [...(this.incoming.get(flow.to) ?? []), flow]);
    }
    this.findNearest();
  }

  from(node: string): readonly GraphFlowDocument[] {
    return this.outgoing.get(node) ?? [];
  }

  to(node: string): readonly GraphFlowDocument[] {
    return this.incoming.get(node) ?? [];
  }

  /** The node itself, or the one after it where it is a gateway that does nothing but lead on. */
  resolved(node: string, passed?: (id: string) => void): string {
    const seen = new Set<string>();
    let at = node;
    while (this.leadsOn(at) && !seen.has(at)) {
      seen.add(at);
      passed?.(at);
      at = (this.from(at)[0] as GraphFlowDocument).to;
    }
    return at;
  }

  private leadsOn(id: string): boolean {
    const node = this.nodes.get(id);
    const [only, ...others] = this.from(id);
    if (node === undefined || only === undefined || others.length > 0 || only['when'] !== undefined) return false;
    if ('exclusiveGateway' in node) return true;
    return ('parallelGateway' in node || 'inclusiveGateway' in node) && this.to(id).length === 1;
  }

  /** The node where the ways out of a node meet again, so far as they do. */
  meeting(split: string): string | undefined {
    return this.nearest.get(split);
  }

  /** The nodes that can be reached from a node without passing `without`, the nearest first. */
  reachable(start: string, without: string): string[] {
    const reached = new Set([start]);
    for (const id of reached) {
      if (id === without) continue;
      for (const { to } of this.from(id)) if (to !== without) reached.add(to);
    }
    return [...reached];
  }

  /** Post-dominators by the iteration of Cooper, Harvey and Kennedy (A Simple, Fast Dominance Algorithm, 2001) on the reversed graph. */
  private findNearest(): void {
    const order = this.backwardOrder();
    const rank = new Map(order.map((id, index) => [id, index]));
    const exit = -1;
    const dominator = new Map<number, number>();
    const common = (a: number, b: number): number => {
      let [left, right] = [a, b];
      while (left !== right) {
        if (left > right) left = dominator.get(left) ?? exit;
        else right = dominator.get(right) ?? exit;
      }
      return left;
    };
    for (let changed = true; changed; ) {
      changed = false;
      order.forEach((id, index) => {
        const next = this.from(id).map(({ to }) => rank.get(to));
        let found: number | undefined = next.length === 0 ? exit : undefined;
        for (const at of next) {
          if (at === undefined || (!dominator.has(at) && at !== index)) continue;
          if (at !== index) found = found === undefined ? at : common(found, at);
        }
        if (found === undefined || dominator.get(index) === found) return;
        dominator.set(index, found);
        changed = true;
      });
    }
    order.forEach((id, index) => {
      this.nearest.set(id, order[dominator.get(index) ?? exit]);
    });
  }

  /** Nodes from the ends backwards, each after those that it leads to where that can be. */
  private backwardOrder(): string[] {
    const order: string[] = [];
    const seen = new Set<string>();
    const ends = [...this.nodes.keys()].filter((id) => this.from(id).length === 0);
    for (const end of ends) {
      const stack: [string, number][] = [[end, 0]];
      seen.add(end);
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const source = this.to(top[0])[top[1]]?.from;
        top[1] += 1;
        if (source === undefined) {
          order.push(top[0]);
          stack.pop();
        } else if (!seen.has(source)) {
          seen.add(source);
          stack.push([source, 0]);
        }
      }
    }
    return order.reverse();
  }
}
