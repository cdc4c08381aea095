import { runDemoDay } from '../../cli/demo-day/demo-day';

jest.setTimeout(900_000);

describe('a day of both dealerships', () => {
  it('is played on a server of its own; what events and reports say is equal, and nothing is stuck', async () => {
    const lines: string[] = [];
    const code = await runDemoDay(
      { orders: 8 },
      () => {},
      (line) => void lines.push(line),
    );
    const told = lines.join('\n');
    expect(told).toContain('The day is in order.');
    expect(code).toBe(0);
    expect(told).toMatch(/tianhe {2}payments booked +events +\d+ +report +\d+/u);
    expect(told).toContain('the bank names a reference that was used before; finance corrects it');
    expect(told).toContain('the plan comes twelve minutes late: CORRELATED');
  });
});
