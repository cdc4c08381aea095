import { runLiveTests } from '../../cli/live/live-tests';
import { LiveServer } from './live-server';

/** What the command prints, without colours and times. */
class Printed {
  readonly lines: string[] = [];
  out = (line: string): void => void this.lines.push(line);
  error = (line: string): void => void this.lines.push(line);

  get text(): string {
    return this.lines.join('\n');
  }
}

describe('neiqin test --live on a server of virtual time', () => {
  let server: LiveServer;
  beforeAll(async () => {
    server = await LiveServer.start(true);
  });
  afterAll(() => server.stop());

  it('[L10.12] runs every scenario of the shipped processes, and again', async () => {
    for (let round = 1; round <= 2; round += 1) {
      const printed = new Printed();
      const code = await runLiveTests(['definitions'], server.url, {}, printed);
      expect([code, printed.lines.at(-1)]).toEqual([0, expect.stringMatching(/\d+ passed, 0 failed, 0 skipped/u)]);
    }
  }, 120_000);
});
