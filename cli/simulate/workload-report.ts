import type { StepFigures, WorkloadFigures } from '../../engine/simulate/workload/run-workload';

/** What was played, in lines; beside another play of the same workload with what has changed. */
export function workloadLines(figures: WorkloadFigures, before?: WorkloadFigures): string[] {
  return [
    ...caseLines(figures, before),
    '',
    ...table(
      ['step', 'done', 'waits', 'nine in ten', 'works', 'queue', 'longest', 'overdue'],
      steps(figures, before).map(({ name, now, old }) => [
        name,
        beside(count(now), count(old)),
        beside(span(now?.wait.meanMs), span(old?.wait.meanMs), old !== undefined),
        beside(span(now?.wait.p90Ms), span(old?.wait.p90Ms), old !== undefined),
        beside(span(now?.work.meanMs), span(old?.work.meanMs), old !== undefined),
        beside(now?.queue.mean.toFixed(1) ?? '', old?.queue.mean.toFixed(1) ?? '', old !== undefined),
        beside(String(now?.queue.longest ?? ''), String(old?.queue.longest ?? ''), old !== undefined),
        beside(overdue(now), overdue(old), old !== undefined),
      ]),
    ),
    '',
    ...table(
      ['role', 'people', 'busy'],
      figures.staff.map(({ role, people, busy }) => {
        const then = before?.staff.find((other) => other.role === role);
        return [role, String(people), beside(percent(busy), then === undefined ? '' : percent(then.busy), then !== undefined)];
      }),
    ),
    ...Object.entries(figures.obstacles).map(([what, times]) => `! ${times} times: ${what}`),
  ];
}

function caseLines({ cases, ends }: WorkloadFigures, before: WorkloadFigures | undefined): string[] {
  const { duration } = cases;
  const was = before?.cases.duration;
  const mean = beside(span(duration.meanMs), span(was?.meanMs), was !== undefined);
  const slow = beside(span(duration.p90Ms), span(was?.p90Ms), was !== undefined);
  const how = Object.entries(ends).map(([end, times]) => `${end} ${times}`);
  return [
    `${cases.begun} cases: ${duration.count} ended, ${cases.open} still open`,
    `  from begin to end ${mean} on average, nine in ten within ${slow}`,
    `  ended ${how.length === 0 ? 'none' : how.join(', ')}`,
  ];
}

function steps(figures: WorkloadFigures, before: WorkloadFigures | undefined) {
  const names = new Set([...figures.steps, ...(before?.steps ?? [])].map(({ step }) => step));
  const of = (all: WorkloadFigures | undefined, name: string) => all?.steps.find(({ step }) => step === name);
  return [...names].map((name) => ({ name, now: of(figures, name), old: of(before, name) }));
}

function count(step: StepFigures | undefined): string {
  if (step === undefined) return '';
  return step.done === step.opened ? String(step.done) : `${step.done} of ${step.opened}`;
}

function overdue(step: StepFigures | undefined): string {
  if (step === undefined) return '';
  return step.overdue === null ? '-' : percent(step.opened === 0 ? 0 : step.overdue / step.opened);
}

/** A figure, and what it was before where that is another one. */
function beside(now: string, then: string, isCompared = then !== ''): string {
  return !isCompared || now === then ? now : `${now || '-'} (was ${then || '-'})`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A time of the clock in its two largest units. */
function span(ms: number | undefined): string {
  if (ms === undefined) return '';
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1_000)} s`;
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1_440)} d ${Math.floor((minutes % 1_440) / 60)} h`;
}

/** Columns under their heads, the first to the left and the others to the right. */
function table(heads: string[], rows: string[][]): string[] {
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => (row[at] ?? '').length)));
  return [heads, ...rows].map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
