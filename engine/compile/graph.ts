import type { Expression } from '../feel/expression';
import type { Flow, Node } from '../runtime/process-model';

type Draft<N> = N extends Node ? Omit<N, 'incoming' | 'outgoing'> : never;

/** A node without its flows: those are known when the graph is complete. */
export type NodeDraft = Draft<Node>;

/** Collects nodes and flows; a flow may lead to a node that is added later. */
export class Graph {
  private readonly nodes = new Map<string, NodeDraft>();
  private readonly flows = new Map<string, Flow>();
  private readonly splits = new Set<string>();

  get nodeCount(): number {
    return this.nodes.size;
  }

  get flowCount(): number {
    return this.flows.size;
  }

  addNode(node: NodeDraft): void {
    if (!this.nodes.has(node.id)) this.nodes.set(node.id, node);
  }

  /** Adds a flow; ids that are taken already are left alone, since the duplicate has its finding. */
  addFlow(id: string, from: string, to: string, condition?: Expression): void {
    if (!this.flows.has(id)) this.flows.set(id, { id, from, to, ...(condition === undefined ? {} : { condition }) });
  }

  /** Adds a gateway that only splits: whatever leads to it, it does not wait for. */
  addSplit(node: NodeDraft): void {
    this.addNode(node);
    this.splits.add(node.id);
  }

  /** Where several flows lead to a split they meet in an exclusive gateway before it. */
  private meetBeforeSplits(): void {
    for (const id of this.splits) {
      const arriving = this.flowsTo(id);
      if (arriving.length < 2) continue;
      const merge = `${id}.merge`;
      for (const flow of arriving) flow.to = merge;
      const { parent } = this.nodes.get(id) as NodeDraft;
      this.addNode({ id: merge, kind: 'exclusiveGateway', ...(parent === undefined ? {} : { parent }) });
      this.addFlow(`${merge}.next`, merge, id);
    }
  }

  flowsTo(node: string): Flow[] {
    return [...this.flows.values()].filter((flow) => flow.to === node);
  }

  /**
   * Brings the flows that lead to `place` to `node` by exactly one flow: a single one is led there directly, several meet in an exclusive
   * gateway first, which stands in `parent`. Returns how many there were.
   */
  gather(place: string, node: string, parent?: string): number {
    const arriving = this.flowsTo(place);
    if (arriving.length === 1) for (const flow of arriving) flow.to = node;
    if (arriving.length > 1) {
      this.addNode({ id: place, kind: 'exclusiveGateway', ...(parent === undefined ? {} : { parent }) });
      this.addFlow(`${place}.next`, place, node);
    }
    return arriving.length;
  }

  get(id: string): NodeDraft | undefined {
    return this.nodes.get(id);
  }

  hasFlow(id: string): boolean {
    return this.flows.has(id);
  }

  flowsFrom(node: string): Flow[] {
    return [...this.flows.values()].filter((flow) => flow.from === node);
  }

  /** The ids of the nodes to which flows lead. */
  targets(): string[] {
    return [...this.flows.values()].map((flow) => flow.to);
  }

  /** True where anything has the id, so that another node cannot. */
  has(id: string): boolean {
    return this.nodes.has(id);
  }

  /** The nodes that a sub-process holds; without an id those of the process itself. */
  within(parent: string | undefined): NodeDraft[] {
    return [...this.nodes.values()].filter((node) => node.parent === parent);
  }

  /**
   * The ids of the nodes that a token at one of `starts` can come to. An activity leads to its boundary events and to what undoes it as well,
   * a sub-process to where it begins and to its event sub-processes.
   */
  reachableFrom(...starts: string[]): Set<string> {
    const outgoing = new Map<string, string[]>();
    for (const flow of this.flows.values()) outgoing.set(flow.from, [...(outgoing.get(flow.from) ?? []), flow.to]);
    const reached = new Set<string>(starts);
    const open = [...starts];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const node = this.nodes.get(id);
      for (const next of [...(outgoing.get(id) ?? []), ...(node === undefined ? [] : ledTo(node))]) {
        if (!reached.has(next)) open.push(next);
        reached.add(next);
      }
    }
    return reached;
  }

  /** The finished nodes and flows. */
  finish(): { nodes: Record<string, Node>; flows: Record<string, Flow> } {
    this.meetBeforeSplits();
    const nodes: Record<string, Node> = {};
    for (const [id, node] of this.nodes) nodes[id] = { ...node, incoming: [], outgoing: [] } as Node;
    for (const flow of this.flows.values()) {
      nodes[flow.from]?.outgoing.push(flow.id);
      nodes[flow.to]?.incoming.push(flow.id);
    }
    return { nodes, flows: Object.fromEntries(this.flows) };
  }
}

/** What a node leads to without a flow. */
function ledTo(node: NodeDraft): string[] {
  if (!('boundary' in node)) return [];
  const inside = node.kind === 'subProcess' ? [...node.entries, ...node.eventSubProcesses] : [];
  return [...node.boundary, ...(node.compensation === undefined ? [] : [node.compensation]), ...inside];
}
