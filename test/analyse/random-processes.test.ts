import { analysisModelOf } from '../../engine/analyse/analysis-model';
import { type Exploration, explore } from '../../engine/analyse/explore';
import { outlookOf } from '../../engine/analyse/outlook';
import { describe as wordsOf } from '../../engine/analyse/trace-words';
import type { ProcessModel } from '../../engine/runtime/process-model';
import type { CaseSimulator } from '../../engine/simulate/case-simulator';
import { begin } from '../engine/graph';
import { Dice, randomProcess } from '../engine/random-process';

const CLERK = { user: 'clerk', roles: ['clerk', 'manager'] };
const seeds = Array.from({ length: 25 }, (_, index) => index + 1);

/** One random move in a case; false where nothing can happen. */
function move(simulator: CaseSimulator, dice: Dice): boolean {
  const { tasks, jobs, subscriptions, timers } = simulator.state;
  const moves: (() => void)[] = [
    ...Object.values(tasks).flatMap(({ key }) =>
      [null, 'yes', 'no'].map(
        (outcome) => () => void simulator.apply({ type: 'completeTask', actor: CLERK, taskKey: key, outcome, data: {} }),
      ),
    ),
    ...Object.keys(jobs).map((id) => () => simulator.answer(id, null)),
    ...Object.values(subscriptions).map(({ name, correlationKey }) => () => {
      const said = { actor: CLERK, name, variables: {} };
      if (correlationKey === null) simulator.apply({ type: 'deliverSignal', signalId: 's', ...said });
      else simulator.apply({ type: 'deliverMessage', messageId: 'm', correlationKey, ...said });
    }),
    ...Object.values(timers).map(
      ({ dueAtMs }) =>
        () =>
          simulator.advanceTo(dueAtMs),
    ),
  ];
  if (moves.length === 0) return false;
  dice.pick(moves)();
  return true;
}

/** The steps that are done when a process is played at random. */
function played(models: ProcessModel[], seed: number): Set<string> {
  const dice = new Dice(seed);
  const simulator = begin(models);
  for (let moves = 0; moves < 60 && simulator.state.status === 'active' && move(simulator, dice); moves += 1);
  const { instanceKey } = simulator.state;
  return new Set(
    simulator.records.flatMap((record) =>
      record.instanceKey === instanceKey && (record.type === 'elementCompleted' || record.type === 'taskCompleted')
        ? [record.elementId ?? '']
        : [],
    ),
  );
}

function explored(model: ProcessModel): Exploration {
  return explore(analysisModelOf(model, new Map()), { states: 400, ms: 0 });
}

describe('processes that were drawn as sound', () => {
  it.each(seeds)('[L1.3] have no finding that says otherwise (seed %i)', (seed) => {
    for (const model of randomProcess(new Dice(seed))) {
      const exploration = explored(model);
      const outlook = outlookOf(exploration);
      expect(outlook.turningPoints.map(({ edge }) => wordsOf(outlook.pathTo(edge.target)))).toEqual([]);
      expect(exploration.stopped).toEqual([]);
    }
  });

  it.each(seeds)('[L1.3] are explored wherever a random play comes (seed %i)', (seed) => {
    const models = randomProcess(new Dice(seed));
    const exploration = explored(models[0] as ProcessModel);
    if (!exploration.complete) return;
    const missing = [1, 2, 3, 4, 5].flatMap((play) => [...played(models, play)].filter((step) => !exploration.reached.has(step)));
    expect([...new Set(missing)]).toEqual([]);
  });
});
