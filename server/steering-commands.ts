import type { CaseHead, StoredInstance } from '../db/case-rows';
import { findInstance } from '../db/instance-repository';
import type { Json, JsonObject } from '../engine/json';
import type { Actor } from '../engine/runtime/events';
import type { CaseRequest } from '../workflows/messages';
import { assertMaySetVariables, assertMaySteer, assertMaySuspend } from './access';
import type { CaseCommand } from './command-flow';
import { failureOf, type InstanceRequest, sendWith } from './instance-commands';
import { ApiError } from './problem';
import { instanceView } from './views';

interface SteeringPlan {
  head: CaseHead;
  request: CaseRequest;
}

type Steering = CaseCommand<SteeringPlan>;

/** What one operation on a running instance is made of. */
interface SteeringParts {
  check(instance: StoredInstance): void;
  request(actor: Actor, instance: StoredInstance): CaseRequest;
}

function steering(about: InstanceRequest, key: string, own: SteeringParts): Steering {
  const { parts, caller } = about;
  return {
    kind: 'act',
    async prepare(trx, pending) {
      const found = await findInstance(trx, key);
      if (found === undefined) throw new ApiError('not-found');
      const { instance, head } = found;
      if (pending === undefined) {
        own.check(instance);
        if (instance.endedAtMs !== null) throw new ApiError('instance-not-active', { details: { state: instance.state } });
      }
      const request = own.request({ user: caller.user, roles: caller.roles }, instance);
      return { plan: { head, request }, address: { workflowId: head.workflowId, instanceKey: head.rootKey } };
    },
    send: sendWith(parts),
    success: async (trx) => {
      const found = await findInstance(trx, key);
      if (found === undefined) throw new Error(`invariant: instance "${key}" has a row`);
      return { status: 200, body: instanceView(found.instance) };
    },
    failure: (_, answer, { address }) => failureOf(about, answer, address),
  };
}

/** What concerns the whole case is asked of its root instance. */
function assertRoot(instance: StoredInstance): void {
  if (instance.parentKey !== null) throw new ApiError('forbidden', { details: { rootProcessInstanceKey: instance.rootKey } });
}

export function suspendInstance(about: InstanceRequest, key: string, reason: string | null): Steering {
  return steering(about, key, {
    check(instance) {
      assertMaySuspend(about.caller);
      assertRoot(instance);
    },
    request: (actor) => ({ type: 'suspendCase', actor, reason }),
  });
}

export function resumeInstance(about: InstanceRequest, key: string): Steering {
  return steering(about, key, {
    check(instance) {
      assertMaySuspend(about.caller);
      assertRoot(instance);
    },
    request: (actor) => ({ type: 'resumeCase', actor }),
  });
}

export function setVariables(about: InstanceRequest, key: string, variables: JsonObject): Steering {
  return steering(about, key, {
    check: () => assertMaySetVariables(about.caller),
    request: (actor) => ({ type: 'setVariables', actor, instanceKey: key, variables }),
  });
}

/** A step of a case and, where it is at work more than once, which of them. */
export interface ActivityAddress {
  elementId: string;
  activityKey?: string;
}

export type ActivityOperation =
  | { type: 'addInstance'; item: Json }
  | { type: 'removeInstance'; index: number }
  | { type: 'completeActivity' }
  | { type: 'startAdHocStep' };

/** Changes what is at work in a case, by hand. */
export function steerActivity(about: InstanceRequest, key: string, address: ActivityAddress, operation: ActivityOperation): Steering {
  return steering(about, key, {
    check: (instance) => assertMaySteer(about.caller, instance.startedBy),
    request: (actor) => ({ ...operation, ...address, actor }),
  });
}
