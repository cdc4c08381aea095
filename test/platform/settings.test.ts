import path from 'node:path';
import type { Problem } from '../../server/platform/problem';
import { projectRoot } from '../../server/platform/project-root';
import { describeSettings, durationMs, type Environment, readSettings, shownSettings } from '../../server/platform/settings';
import { settingsTable } from '../../server/platform/settings-table';

function refusal(environment: Environment): Problem {
  try {
    readSettings(environment);
  } catch (error) {
    return error as Problem;
  }
  throw new Error('the settings were taken');
}

describe('settings', () => {
  it('have defaults that keep everything on this machine and in this clone', () => {
    const { settings, explicit, warnings } = readSettings({ HOME: '/home/li' });
    expect(settings).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      NEIQIN_DATA: path.join(projectRoot, '.neiqin', 'data'),
      NEIQIN_CACHE: '/home/li/.cache/neiqin',
      NEIQIN_DEMO: true,
    });
    expect(settings.DATABASE_URL).toBeUndefined();
    expect([...explicit]).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('are coerced to their types; empty counts as unset; paths become absolute', () => {
    const { settings, explicit } = readSettings({
      PORT: ' 3100 ',
      HOST: '',
      NEIQIN_DEMO: 'no',
      NEIQIN_OFFLINE: '1',
      NEIQIN_DATA: 'x/y',
      XDG_CACHE_HOME: '/caches',
    });
    expect(settings).toMatchObject({ PORT: 3100, HOST: '127.0.0.1', NEIQIN_DEMO: false, NEIQIN_OFFLINE: true });
    expect(path.isAbsolute(settings.NEIQIN_DATA)).toBe(true);
    expect(settings.NEIQIN_CACHE).toBe('/caches/neiqin');
    expect([...explicit].sort()).toEqual(['NEIQIN_DATA', 'NEIQIN_DEMO', 'NEIQIN_OFFLINE', 'PORT']);
  });

  it.each([
    [{ PORT: '99999' }, 'PORT: "99999" is not allowed; allowed: a whole number from 1 to 65535; default: 3000'],
    [{ PORT: '3000.5' }, 'PORT: "3000.5" is not allowed'],
    [{ HOST: '0.0.0.0' }, 'HOST: "0.0.0.0" is not allowed; allowed: 127.0.0.1, localhost or ::1; any other address'],
    [{ HOST: '192.168.1.7' }, 'HOST: "192.168.1.7" is not allowed'],
    [{ NEIQIN_DEMO: 'maybe' }, 'NEIQIN_DEMO: "maybe" is not allowed; allowed: true or false'],
    [
      { NEIQIN_VIRTUAL_TIME: '1', NEIQIN_DEMO: '0' },
      'NEIQIN_VIRTUAL_TIME: "true" is not allowed; allowed: true or false; true only with NEIQIN_DEMO',
    ],
    [{ NEIQIN_VIRTUAL_TIME: '1', TEMPORAL_ADDRESS: 'temporal:7233' }, 'NEIQIN_VIRTUAL_TIME: "true" is not allowed'],
    [{ NEIQIN_LOG_LEVEL: 'loud' }, 'NEIQIN_LOG_LEVEL: "loud" is not allowed; allowed: fatal, error, warn, info, debug, trace'],
    [{ NEIQIN_TEMPORAL_RETENTION: '12h' }, 'NEIQIN_TEMPORAL_RETENTION: "12h" is not allowed; allowed: whole days, such as 30d'],
    [{ NEIQIN_SESSION_LIFETIME: '0h' }, 'NEIQIN_SESSION_LIFETIME: "0h" is not allowed'],
    [{ TEMPORAL_ADDRESS: 'http://temporal' }, 'TEMPORAL_ADDRESS: "http://temporal" is not allowed; allowed: HOST:PORT'],
    [{ TEMPORAL_PORT: '54390' }, 'TEMPORAL_PORT: "54390" is not allowed; it is the value of DATABASE_PORT too'],
  ])('are refused by name, with the value and what is allowed: %j', (environment, text) => {
    const problem = refusal(environment);
    expect(problem.message).toContain(text);
    expect(problem.exitCode).toBe(2);
    expect(problem.remedy).toContain('neiqin settings');
  });

  it('that are wrong are all named at once, together with likely typos', () => {
    const { message } = refusal({ PORT: 'x', HOST: '0.0.0.0', NEIQIN_DATAA: '/d' });
    expect(message).toContain('PORT: "x"');
    expect(message).toContain('HOST: "0.0.0.0"');
    expect(message).toContain('NEIQIN_DATAA is no setting; did you mean NEIQIN_DATA?');
  });

  it('never show the value of a secret', () => {
    const secret = 'postgresql://u:geheim@127.0.0.1/db';
    expect(JSON.stringify(shownSettings(readSettings({ DATABASE_URL: secret }).settings))).not.toContain('geheim');
    expect(refusal({ DATABASE_URL: 'mysql://u:geheim@127.0.0.1/db' }).message).not.toContain('geheim');
    expect(describeSettings(readSettings({ DATABASE_URL: secret }).settings, 'text')).not.toContain('geheim');
  });

  it('allow another address than loopback in a container, and then leave demo accounts out unless they are asked for', () => {
    const container = { HOST: '0.0.0.0', NEIQIN_CONTAINER: '1' };
    expect(readSettings(container).settings.NEIQIN_DEMO).toBe(false);
    expect(readSettings({ ...container, NEIQIN_DEMO: 'true' }).settings.NEIQIN_DEMO).toBe(true);
  });

  it('warn of unknown names that look like settings, and leave other names alone', () => {
    expect(readSettings({ NEIQIN_OFLINE: '1', NEIQIN_ANOTHER_THING: '1', PATH: '/bin', NEIQIN_TEST_X: '1' }).warnings).toEqual([
      'NEIQIN_OFLINE is no setting; did you mean NEIQIN_OFFLINE? It is not used.',
      'NEIQIN_ANOTHER_THING is no setting. It is not used.',
    ]);
  });

  it('stand all in the Markdown table, once', () => {
    const lines = describeSettings(readSettings({}).settings, 'markdown').split('\n').slice(2);
    expect(lines.map((line) => /`([A-Z_]+)`/.exec(line)?.[1])).toEqual(Object.keys(settingsTable));
  });

  it('of time are read with their units', () => {
    expect([durationMs('90s'), durationMs('5m'), durationMs('12h'), durationMs('30d')]).toEqual([90e3, 300e3, 432e5, 2592e6]);
  });
});
