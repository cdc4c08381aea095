import { compileDefinitions } from '../../engine/compile/compile';
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
});
