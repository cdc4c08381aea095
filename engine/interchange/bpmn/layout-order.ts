import type { DiagramFlow, DiagramNode } from './export-diagram';

/**
 * The elements of one container in the order in which a token comes to them: what leads to an earlier one is a way back, and is drawn as one.
 * `hosts` gives the activity of each boundary event. The first flow out of an element comes first.
 */
export function orderOf(members: readonly DiagramNode[], flows: readonly DiagramFlow[], hosts: ReadonlyMap<string, string>): DiagramNode[] {
  const next = new Map<string, string[]>();
  const led = new Set<string>();
  for (const { from, to } of flows) {
    const host = hosts.get(from) ?? from;
    next.set(host, [...(next.get(host) ?? []), to]);
    if (host !== to) led.add(to);
  }
  const beginnings = members.filter(({ id, kind }) => kind === 'startEvent' || !led.has(id));
  const seen = new Set<string>();
  const reached = beginnings.reverse().flatMap(({ id }) => finished(id, next, seen));
  const rest = members.flatMap(({ id }) => finished(id, next, seen).reverse());
  const places = new Map([...reached.reverse(), ...rest].map((id, index) => [id, index]));
  return [...members].sort((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
}

/** Ids in the order in which a search in depth leaves them; without recursion, since a process may be a thousand steps long. */
function finished(start: string, next: ReadonlyMap<string, string[]>, seen: Set<string>): string[] {
  if (seen.has(start)) return [];
  seen.add(start);
  const left: string[] = [];
  const open = [{ id: start, waiting: [...(next.get(start) ?? [])] }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const to = top.waiting.pop();
    if (to === undefined) {
      left.push(top.id);
      open.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      open.push({ id: to, waiting: [...(next.get(to) ?? [])] });
    }
  }
  return left;
}
