import type { BpmnModdle, ModdleElement } from 'bpmn-moddle';
import type { Expression } from '../../feel/expression';

type RootKind = 'Message' | 'Signal' | 'Error' | 'Escalation';

/** The messages, signals, errors and escalations of a file: each once, in the order in which they are first named. */
export class RootElements {
  private readonly known = new Map<string, ModdleElement>();
  private readonly counts: Record<RootKind, number> = { Message: 0, Signal: 0, Error: 0, Escalation: 0 };

  constructor(
    private readonly moddle: BpmnModdle,
    private readonly freeId: (wanted: string) => string,
  ) {}

  get all(): ModdleElement[] {
    return [...this.known.values()];
  }

  /** The element of a name or a code; one that is computed is written with `=` before it. */
  of(kind: RootKind, name: string | Expression): ModdleElement {
    const text = typeof name === 'string' ? name : `=${name.text}`;
    const key = `${kind} ${text}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.counts[kind] += 1;
    const id = this.freeId(`${kind}_${this.counts[kind]}`);
    const made = this.moddle.create(`bpmn:${kind}`, { id, name: text, ...codeOf(kind, text) });
    this.known.set(key, made);
    return made;
  }
}

function codeOf(kind: RootKind, text: string): object {
  if (kind === 'Error') return { errorCode: text };
  return kind === 'Escalation' ? { escalationCode: text } : {};
}
