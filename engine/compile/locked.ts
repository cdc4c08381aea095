import type { Path, SourceDocument } from '../language/source-document';
import type { LocalizedText } from '../runtime/process-model';
import type { ProcessContext } from './context';
import { localizedText } from './localized-text';
import { listOf, mapOf, textOf } from './step-document';

/** A control that overlays may not take away, with the ids of steps as the document has them. */
export type Control = {
  /** Its id, or its number in the list. */
  id: string;
  path: Path;
  reason?: LocalizedText;
} & ({ kind: 'before'; before: string; needs: string[]; outcome?: string } | { kind: 'fourEyes'; step: string });

/** The controls of a process. */
export function controlsOf(document: SourceDocument): Control[] {
  return listOf(document.value['locked']).map((value, index) => {
    const { id, before, needs, outcome, fourEyes, reason } = mapOf(value);
    const head = {
      id: textOf(id) ?? String(index + 1),
      path: ['locked', index],
      ...(reason === undefined ? {} : { reason: localizedText(reason, '') }),
    };
    if (typeof fourEyes === 'string') return { ...head, kind: 'fourEyes', step: fourEyes };
    const wanted = Array.isArray(needs) ? needs.map(String) : [String(needs)];
    return { ...head, kind: 'before', before: String(before), needs: wanted, ...(typeof outcome === 'string' ? { outcome } : {}) };
  });
}

/** Complains about controls that name what is not there. What overlays have renamed or taken away is the analysis' to judge. */
export function checkLocked(context: ProcessContext): void {
  const { document } = context.report;
  if (document.overlaid.length > 0) return;
  const isAny = (): boolean => true;
  for (const control of controlsOf(document)) {
    const { path } = control;
    if (control.kind === 'before') {
      context.reference([...path, 'before'], 'a step', isAny);
      const isList = Array.isArray(document.at([...path, 'needs']));
      control.needs.forEach((need, index) => {
        const at = isList ? [...path, 'needs', index] : [...path, 'needs'];
        const fits = context.reference(at, 'a step', isAny) === undefined ? undefined : context.index.get(need);
        if (fits !== undefined) checkOutcome(context, control, mapOf(fits.value['userTask']));
      });
      continue;
    }
    const task = context.reference([...path, 'fourEyes'], 'a user task', ({ kind }) => kind === 'userTask');
    const assign = mapOf(mapOf(context.index.get(task ?? '')?.value['userTask'])['assign']);
    if (task === undefined || context.index.get(task)?.kind !== 'userTask') continue;
    if (assign['exclude'] !== undefined || assign['notSameAs'] !== undefined) continue;
    const message = `"${task}" excludes nobody, so that there are no four eyes to keep`;
    context.report.at([...path, 'fourEyes'], { rule: 'locked-nothing', message, remedy: 'write "exclude" or "notSameAs" at the task' });
  }
}

function checkOutcome(context: ProcessContext, control: Extract<Control, { kind: 'before' }>, task: ReturnType<typeof mapOf>): void {
  if (control.outcome === undefined) return;
  const outcomes = listOf(task['outcomes']).map((one) => textOf(one) ?? textOf(mapOf(one)['id']) ?? '');
  if (outcomes.includes(control.outcome)) return;
  const message = `there is no outcome "${control.outcome}"`;
  const remedy = outcomes.length === 0 ? 'leave it out: the step has no outcomes' : `write one of: ${outcomes.join(', ')}`;
  context.report.at([...control.path, 'outcome'], { rule: 'unknown-outcome', message, remedy });
}
