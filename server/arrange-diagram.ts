import ELK, { type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { BoxGraph } from '../engine/interchange/bpmn/layout';

/** Finds places for the boxes of a diagram, with the layered algorithm of the Eclipse Layout Kernel. It counts from a fixed seed. */
export async function arrangeBoxes(graph: BoxGraph): Promise<BoxGraph> {
  return (await new ELK().layout(graph as ElkNode)) as BoxGraph;
}
