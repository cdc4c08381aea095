import { awaitedNamesOf } from '../../engine/analyse/messages';
import { compileDefinitions } from '../../engine/compile/compile';
import { publishersOf } from '../../engine/compile/publishers';
import { formatFinding } from '../../engine/language/finding';
import { definitionsFolder, filesIn, ports, shippedProcesses } from './definition-files';

describe('the definitions that the product ships', () => {
  const compilation = compileDefinitions(filesIn(definitionsFolder), ports);

  it('[L1] compile without a finding', () => {
    expect(compilation.findings.map(formatFinding)).toEqual([]);
  });

  it('[L9] run the same order at both dealerships, each with its own staff', () => {
    expect(Object.keys(compilation.dealerships).sort()).toEqual(['haizhu', 'tianhe']);
    for (const dealership of Object.values(compilation.dealerships)) {
      expect(Object.keys(dealership.processes)).toEqual(shippedProcesses());
      expect(dealership.roles['clerk']).toEqual([`clerk@${dealership.id}`]);
    }
  });

  it('[L9.4] leave each message and signal that they await to roles', () => {
    for (const { processes, publishers } of Object.values(compilation.dealerships)) {
      const { messages, signals } = awaitedNamesOf(Object.values(processes).map(({ model }) => model));
      const open = (kind: 'messages' | 'signals', names: Iterable<string>) =>
        [...names].filter((name) => publishersOf(publishers, kind, name) === undefined);
      expect(messages.written.size).toBeGreaterThan(5);
      expect([open('messages', messages.written), open('signals', signals.written)]).toEqual([[], []]);
    }
  });
});
