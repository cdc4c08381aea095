import { closureOf } from '../../engine/compile/closure';
import { compileDefinitions } from '../../engine/compile/compile';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { LIMITS } from '../../engine/runtime/limits';
import { CLERK } from '../engine/graph';
import { ports } from '../language/definition-files';
import { Rig } from './rig';

const texts = [
  'process: large\nsteps:\n  - { id: each, forEach: { count: =n }, userTask: { assign: { roles: [clerk] } } }\nvariables: { n: { type: integer } }\n',
  'duty: large\nprocesses: [large]\n',
  'dealership: tianhe\nduties: [large]\nroles: { clerk: [clerk@tianhe] }\n',
];

describe('a case as large as is allowed', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterAll(() => rig.stop());

  it('[L11.5] starts, is written, and goes on', async () => {
    const files = texts.map((text, index) => ({ path: `${index}.yaml`, text }));
    const dealership = compileDefinitions(files, ports).dealerships['tianhe'] as CompiledDealership;
    const live = await rig.begin(closureOf(dealership, 'large'), { n: LIMITS.instances });
    const state = await live.state();
    expect(Object.keys(state.tasks)).toHaveLength(LIMITS.instances);
    const [task] = Object.values(state.tasks);
    await live.act({ type: 'completeTask', actor: CLERK, taskKey: task?.key ?? '', outcome: null, data: {} });
    expect(Object.keys((await live.state()).tasks)).toHaveLength(LIMITS.instances - 1);
  });
});
