import { quoted } from '../language/suggestion';
import type { ProcessContext } from './context';
import type { Graph } from './graph';
import { type Container, type Element, listOf, mapOf } from './step-document';

/** Complains about steps to which a task may be sent back although none of them can have been done before it. */
export function checkReturns(context: ProcessContext, graph: Graph): void {
  for (const element of context.index.elements) {
    listOf(mapOf(element.value['userTask'])['mayReturnTo']).forEach((value, index) => {
      const target = context.index.get(String(value));
      if (target === undefined || target === element || target.kind !== 'userTask') return;
      const place = placeIn(target.container, element);
      if (place === undefined || graph.reachableFrom(target.id).has(place)) return;
      const message = `step ${quoted(target.id)} is never done before this one`;
      context.report.at([...element.path, 'userTask', 'mayReturnTo', index], {
        rule: 'return-target',
        message,
        remedy: 'name a user task that comes before it',
      });
    });
  }
}

/** The id of the element itself, or of the sub-process around it, that stands directly in a container; undefined where none does. */
function placeIn(container: Container, element: Element): string | undefined {
  for (let around: Container | undefined = element.container, id = element.id; around !== undefined; around = around.parent) {
    if (around === container) return id;
    if (around.id === undefined) return undefined;
    id = around.id;
  }
  return undefined;
}
