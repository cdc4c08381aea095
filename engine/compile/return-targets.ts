import { quoted } from '../language/suggestion';
import type { ProcessContext } from './context';
import type { Graph } from './graph';
import { type Container, type Element, listOf, mapOf } from './step-document';

/** Steps that are named as better ones, at most: the last of those before. */
const mostNamed = 4;

/** Complains about repeated steps that may be taken back, and about steps to which a task may be sent back although none of them can have been done before it, or done as a whole. */
export function checkReturns(context: ProcessContext, graph: Graph): void {
  for (const element of context.index.elements) {
    if (mapOf(element.value['userTask'])['withdraw'] !== undefined && isRepeated(element)) {
      const message = `${quoted(element.id)} is done several times, each of which ends for itself: none can be taken back`;
      context.misplaced([...element.path, 'userTask', 'withdraw'], message, 'leave "withdraw" out');
    }
    listOf(mapOf(element.value['userTask'])['mayReturnTo']).forEach((value, index) => {
      const target = context.index.get(String(value));
      if (target === undefined || target === element || target.kind !== 'userTask') return;
      const path = [...element.path, 'userTask', 'mayReturnTo', index];
      if (isRepeated(target)) {
        const message = `${quoted(element.id)} cannot be sent back to ${quoted(target.id)}, which is done several times`;
        const remedy = 'name a user task without "forEach" and "repeat", such as one before it';
        context.report.at(path, { rule: 'return-target', message, remedy });
        return;
      }
      const place = placeIn(target.container, element);
      if (place === undefined || graph.reachableFrom(target.id).has(place)) return;
      const message = `${quoted(element.id)} cannot be sent back to ${quoted(target.id)}, which is never done before it`;
      const earlier = context.index.elements.flatMap((other) => (isEarlier(other, element, graph) ? [other.id] : []));
      const some = earlier.slice(-mostNamed).map(quoted).join(', ');
      const remedy =
        some === '' ? 'no user task comes before it: leave "mayReturnTo" out' : `name a user task that comes before it: ${some}`;
      context.report.at(path, { rule: 'return-target', message, remedy });
    });
  }
}

function isRepeated({ value }: Element): boolean {
  return value['forEach'] !== undefined || value['repeat'] !== undefined;
}

function isEarlier(other: Element, element: Element, graph: Graph): boolean {
  if (other === element || other.kind !== 'userTask' || isRepeated(other)) return false;
  const place = placeIn(other.container, element);
  return place !== undefined && graph.reachableFrom(other.id).has(place);
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
