import { CONNECTORS } from '../../activities/connectors';
import { CONNECTOR_SIGNATURES } from '../../engine/connectors/catalogue';
import { fixtures } from './fixtures';
import { obeysTheLaws } from './laws';
import { World } from './world';

let world: World;
beforeAll(async () => {
  world = await World.make();
});
afterAll(() => world.stop());

it('[L26.2] every connector is here, and stands in the catalogue with the same signature', () => {
  const names = CONNECTORS.map(({ name }) => name).sort();
  expect(fixtures.map(({ connector }) => connector).sort()).toEqual(names);
  expect([...CONNECTOR_SIGNATURES.keys()].sort()).toEqual(names);
  for (const { name, input, output, errors } of CONNECTORS) {
    expect({ name, input, output, errors }).toEqual({ name, ...CONNECTOR_SIGNATURES.get(name) });
  }
});

describe.each(fixtures.map((fixture) => [fixture.connector, fixture] as const))('%s', (_, fixture) => {
  obeysTheLaws(fixture, () => world);
});
