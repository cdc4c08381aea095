import { ApplicationFailure, activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import Ajv, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Database } from '../db/database';
import type { Json } from '../engine/json';
import type { ConnectorArguments } from '../workflows/messages';
import type { Connector } from './connector';
import type { Surroundings } from './surroundings';

type ConnectorActivity = (args: ConnectorArguments) => Promise<Json>;

/** Makes each connector an activity of its own name: its input is checked, it sends heartbeats where the step asks for them. */
export function connectorActivities(
  connectors: readonly Connector[],
  db: Database,
  surroundings: Surroundings,
): Record<string, ConnectorActivity> {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addFormat('money', true);
  return Object.fromEntries(
    connectors.map((connector) => {
      let known: ValidateFunction | undefined;
      // compiled when it is first needed: all of them together take longer than the rest of a worker's start
      const validator = () => (known ??= ajv.compile(connector.input));
      return [connector.name, activityOf(connector, validator, { db, surroundings })];
    }),
  );
}

function activityOf(
  connector: Connector,
  validator: () => ValidateFunction,
  ports: { db: Database; surroundings: Surroundings },
): ConnectorActivity {
  return async ({ input, ...attempt }) => {
    const isValid = validator();
    if (!isValid(input)) {
      const problems = (isValid.errors ?? []).map((error) => `input${error.instancePath} ${error.message}`).join('; ');
      throw ApplicationFailure.nonRetryable(`${connector.name}: ${problems}`, 'connector-input-invalid');
    }
    const stopBeating = startHeartbeat();
    try {
      const withinMs = ownTimeMs(activityInfo().startToCloseTimeoutMs);
      const signal = AbortSignal.any([cancellationSignal(), AbortSignal.timeout(withinMs)]);
      signal.throwIfAborted();
      return await connector.run(input, { ...attempt, signal, ...ports });
    } catch (error) {
      // what is canceled says so, whatever it fails with
      throw cancellationSignal().aborted ? cancellationSignal().reason : error;
    } finally {
      stopBeating();
    }
  };
}

/** An attempt ends a little before Temporal gives it up, so that the failure is its own and says what did not answer. */
function ownTimeMs(startToCloseTimeoutMs: number): number {
  return Math.max(startToCloseTimeoutMs - 1000, Math.floor(startToCloseTimeoutMs * 0.9));
}

function startHeartbeat(): () => void {
  const { heartbeatTimeoutMs } = activityInfo();
  if (heartbeatTimeoutMs === undefined) return () => undefined;
  const timer = setInterval(() => heartbeat(), Math.max(200, heartbeatTimeoutMs / 3));
  return () => clearInterval(timer);
}
