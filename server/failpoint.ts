import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { Problem } from './platform/problem';

/** Seams between two stores, at which a test may have the process killed. */
const SEAMS = {
  /** The intent is stored; the case has not been asked. */
  'api.before-update': true,
  /** The case has applied the command; its rows are not written. */
  'api.after-update-before-rows': true,
  /** Rows and answer are committed; the client has not been told. */
  'api.after-rows-before-reply': true,
  /** A connector is about to be run. */
  'worker.before-connector': true,
  /** The other system has answered a connector; Temporal does not know. */
  'worker.after-connector-before-report': true,
  /** A case has handed over the batches that it must write itself; none is written in this attempt. */
  'worker.before-rows': true,
  /** PostgreSQL has committed those batches; the activity is not reported, so the workflow task that follows has not completed. */
  'worker.after-rows-before-report': true,
  /** A published message is about to be stored and matched. */
  'worker.before-message': true,
  /** A message was matched and its case has taken it; the rows of that are not written. */
  'worker.after-message-update-before-rows': true,
  /** A message's rows are committed; its workflow does not know what came of it. */
  'worker.after-message-before-report': true,
  /** A case is about to send out a message, a signal or a case, or to ask who gets a task. */
  'worker.before-errand': true,
  /** What it sent out has begun; the case does not know. */
  'worker.after-errand-before-report': true,
  /** A run that is to be continued as a new one is about to be archived. */
  'worker.before-archive': true,
  /** The archive has the run's history; the run has not been told, and not been continued. */
  'worker.after-archive': true,
} as const;

export type FailpointName = keyof typeof SEAMS;

interface Armed {
  name: FailpointName;
  pass: number;
}

const armed = readArmed(process.env['NEIQIN_FAILPOINT']);
let passes = 0;

/**
 * Marks a seam. With NEIQIN_FAILPOINT set to its name, or to `name:n`, the process kills itself by SIGKILL at the first, or n-th, pass:
 * nothing runs afterwards, as if the machine had failed there. Otherwise it does nothing.
 */
export function failpoint(name: FailpointName): void {
  if (armed === undefined || armed.name !== name) return;
  passes += 1;
  if (passes === armed.pass) process.kill(process.pid, 'SIGKILL');
}

/** The seams before and after what a worker does for a workflow, for its interceptors; none where no failpoint is set. */
export function activityFailpoints(): ActivityInterceptorsFactory[] {
  if (armed === undefined) return [];
  return [
    ({ info }) => ({
      inbound: {
        async execute(input, next) {
          const [before, after] = seamsAround(info.activityType);
          if (before !== undefined) failpoint(before);
          const result = await next(input);
          if (after !== undefined) failpoint(after);
          return result;
        },
      },
    }),
  ];
}

function seamsAround(activityType: string): [before: FailpointName, after: FailpointName] | [] {
  switch (activityType) {
    case 'writeRecords':
      return ['worker.before-rows', 'worker.after-rows-before-report'];
    case 'archiveHistory':
      return ['worker.before-archive', 'worker.after-archive'];
    case 'correlateMessage':
      return ['worker.before-message', 'worker.after-message-before-report'];
    case 'publishMessage':
    case 'broadcastSignal':
    case 'startDetached':
    case 'resolveAssignment':
      return ['worker.before-errand', 'worker.after-errand-before-report'];
    case 'pendingAttempts':
    case 'takeSignalTargets':
    case 'tellSignalTargets':
    case 'startCase':
    case 'startScheduled':
    case 'askConditions':
      return [];
    default:
      return ['worker.before-connector', 'worker.after-connector-before-report'];
  }
}

function readArmed(text: string | undefined): Armed | undefined {
  if (text === undefined || text === '') return undefined;
  const [, name = '', pass = '1'] = /^([^:]*)(?::([1-9][0-9]{0,5}))?$/.exec(text) ?? [];
  if (Object.hasOwn(SEAMS, name)) return { name: name as FailpointName, pass: Number(pass) };
  throw new Problem(
    `NEIQIN_FAILPOINT: "${text}" is not allowed; allowed: ${Object.keys(SEAMS).join(', ')}, each with :n behind it`,
    'unset it',
    2,
  );
}
