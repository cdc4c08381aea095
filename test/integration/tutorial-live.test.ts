import { createCompiler } from '../../server/compiler/compiler';
import { type Played, patternOf, playPage } from '../language/played-page';
import { LiveServer } from './live-server';

describe.each(['tutorial.md', 'tutorial.zh.md'])('%s on a server', (page) => {
  let played: Played[] = [];
  beforeAll(async () => {
    const compiler = createCompiler();
    let server: LiveServer | undefined;
    try {
      played = await playPage(page, {
        start: async () => {
          server = await LiveServer.start(true, { compiler });
          return server.url;
        },
      });
    } finally {
      compiler.close();
      await server?.stop();
    }
  }, 120_000);

  it.each(['publish', 'test --live'])('neiqin %s answers as the page shows', (name) => {
    const [command] = played.filter(({ command: line }) => line.includes(`neiqin ${name} `));
    expect(command).toBeDefined();
    const { shown, actual } = command as Played;
    expect(actual).toBe(patternOf(shown).test(actual) ? actual : shown);
  });
});
