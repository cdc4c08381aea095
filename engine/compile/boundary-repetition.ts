import type { Expression } from '../feel/expression';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import type { EventTrigger } from '../runtime/process-model';
import type { Report } from './report';

interface Known {
  id: string;
  interrupting: boolean;
}

/** Finds boundary events that never happen, since an earlier one of the same activity takes what they wait for. */
export class BoundaryRepetition {
  private readonly known = new Map<string, Known>();

  constructor(private readonly report: Report) {}

  /**
   * Complains about an event for the same error, escalation or cancellation as an earlier one, which is always the one that catches it, and for
   * the same message or signal as an earlier one that interrupts. Timers and conditions are left alone. `path` leads to the trigger's owner.
   */
  check(host: string, event: Known, trigger: EventTrigger, path: Path): void {
    const what = whatOf(trigger);
    if (what === undefined) return;
    const place = JSON.stringify([host, trigger.kind, what]);
    const first = this.known.get(place);
    if (first === undefined) {
      this.known.set(place, event);
      return;
    }
    const heardTwice = trigger.kind === 'message' || trigger.kind === 'signal';
    if (heardTwice && !first.interrupting) return;
    const message = `${quoted(host)} has another boundary event for the same ${quoted(trigger.kind)}, ${quoted(first.id)}, so that this one never happens`;
    this.report.at([...path, trigger.kind], { rule: 'boundary-twice', message, remedy: 'keep one of them' }, 'key');
  }
}

function whatOf(trigger: EventTrigger): string | undefined {
  switch (trigger.kind) {
    case 'message':
      return JSON.stringify([textOf(trigger.message.name), textOf(trigger.message.key)]);
    case 'signal':
      return JSON.stringify([textOf(trigger.name)]);
    case 'error':
    case 'escalation':
      return JSON.stringify([trigger.code ?? null]);
    case 'cancel':
      return '';
    default:
      return undefined;
  }
}

function textOf(given: string | Expression): string {
  return typeof given === 'string' ? given : `=${given.text}`;
}
