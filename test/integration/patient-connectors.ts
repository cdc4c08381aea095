import { ApplicationFailure } from '@temporalio/activity';
import { bpmnError, type Connector } from '../../activities/connector';
import { CONNECTORS } from '../../activities/connectors';
import type { Json } from '../../engine/json';
import type { ConnectorAnswer } from '../../engine/language/scenario-host';
import { eventually } from './rig';

interface Waiting {
  elementId: string;
  instanceKey: string;
  resolve(output: Json): void;
  reject(error: unknown): void;
}

/** Connectors of the product's names that wait for a scenario's answer, and ask nobody. */
export class PatientConnectors {
  readonly #waiting: Waiting[] = [];

  readonly connectors: readonly Connector[] = CONNECTORS.map(({ name }) => ({
    name,
    input: {},
    run: (_, { elementId, instanceKey, signal }) =>
      new Promise<Json>((resolve, reject) => {
        const waiting = { elementId, instanceKey, resolve, reject };
        this.#waiting.push(waiting);
        signal.addEventListener('abort', () => {
          this.#take(waiting);
          reject(signal.reason);
        });
      }),
  }));

  /** Gives the oldest waiting connector of a step its answer; false where none waits. */
  async answer(instanceKey: string, elementId: string, answer: ConnectorAnswer): Promise<boolean> {
    const find = () => this.#waiting.find((one) => one.elementId === elementId && one.instanceKey === instanceKey);
    const waiting = await eventually(async () => find(), Boolean, 5_000).catch(() => undefined);
    if (waiting === undefined) return false;
    this.#take(waiting);
    if (answer.kind === 'output') waiting.resolve(answer.output);
    else if (answer.kind === 'error') waiting.reject(bpmnError(answer.code, answer.message));
    else waiting.reject(ApplicationFailure.nonRetryable(answer.message));
    return true;
  }

  #take(waiting: Waiting): void {
    const index = this.#waiting.indexOf(waiting);
    if (index >= 0) this.#waiting.splice(index, 1);
  }
}
