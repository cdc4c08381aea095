import { isIP } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { Problem } from './problem';
import { projectRoot } from './project-root';
import { type SettingEntry, settingsTable } from './settings-table';

type Table = typeof settingsTable;
type Name = keyof Table;
type ValueOf<E> = E extends { schema: { type: infer T } } ? (T extends 'integer' ? number : T extends 'boolean' ? boolean : string) : never;
/** Settings that stay without a value when they are unset. */
type Optional = 'DATABASE_URL' | 'TEMPORAL_ADDRESS' | 'NEIQIN_TEMPORAL_CLI' | 'SMTP_URL';

/** All settings after validation, under the names of their environment variables. Paths are absolute. */
export type Settings = Readonly<{ [N in Exclude<Name, Optional>]: ValueOf<Table[N]> } & { [N in Optional]?: ValueOf<Table[N]> }>;

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What `readSettings` found besides the settings. */
export interface ReadSettings {
  readonly settings: Settings;
  /** Names that were set on purpose: a port that is taken is an error for these, and chosen anew for the others. */
  readonly explicit: ReadonlySet<string>;
  /** One line per variable that looks like a mistyped setting. */
  readonly warnings: readonly string[];
}

/** Variables that `bin/` and the containers use between their own parts, and a password that is not to be shown; they are no settings. */
const internalNames = new Set(['NEIQIN_PREBUILT', 'NEIQIN_BUILD_FAILED', 'NEIQIN_FAILPOINT', 'NEIQIN_PASSWORD']);

/** Beginnings of variables that the tests set for themselves, and of secrets of dealerships. */
const otherPrefixes = ['NEIQIN_TEST_', 'NEIQIN_SECRET_'];

const ajv = new Ajv({ coerceTypes: true, strict: true, formats: { path: true, networks: areNetworks } });
const entries = Object.entries(settingsTable) as [Name, SettingEntry][];
const validators = new Map<Name, ValidateFunction>(
  entries.map(([name, { schema }]) => [name, ajv.compile({ type: 'object', properties: { value: schema } })]),
);

/**
 * Reads and checks all settings. An empty variable counts as unset. Every wrong one is named in the one `Problem` that is thrown (exit
 * code 2): its value, what is allowed, and what to do.
 */
export function readSettings(environment: Environment): ReadSettings {
  const values: Record<string, string | number | boolean> = defaults(environment);
  const explicit = new Set<string>();
  const faults: string[] = [];
  for (const [name, entry] of entries) {
    const text = environment[name]?.trim();
    if (text === undefined || text === '') continue;
    explicit.add(name);
    const holder: { value: unknown } = { value: entry.schema.type === 'boolean' ? booleanText(text) : text };
    const validate = validators.get(name)!;
    if (validate(holder)) values[name] = entry.schema.format === 'path' ? expandPath(text) : (holder.value as string);
    else faults.push(fault(name, entry, text));
  }
  const settings = values as unknown as Settings;
  const demo = explicit.has('NEIQIN_DEMO') ? settings.NEIQIN_DEMO : isLoopback(settings.HOST);
  faults.push(...crossFaults({ ...settings, NEIQIN_DEMO: demo }));
  const warnings = likelyTypos(environment);
  if (faults.length > 0) {
    throw new Problem(
      [...faults, ...warnings].join('\n  '),
      `Correct ${faults.length === 1 ? 'it' : 'them'} in the environment; "neiqin settings" lists all settings.`,
      2,
    );
  }
  return { settings: { ...settings, NEIQIN_DEMO: demo }, explicit, warnings };
}

/** Whether a text is a list of networks such as 10.1.0.0/16, or of single addresses, with commas between them. */
function areNetworks(text: string): boolean {
  return text.split(',').every((network) => {
    const [, address = '', bits = '0'] = /^\s*([0-9a-f.:]+)(?:\/([0-9]{1,3}))?\s*$/iu.exec(network) ?? [];
    const version = isIP(address);
    return version !== 0 && Number(bits) <= (version === 4 ? 32 : 128);
  });
}

/** Whether only this machine can reach a server that listens on the address. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Milliseconds of a duration setting such as `90s`, `12h` or `30d`. */
export function durationMs(text: string): number {
  const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[text.at(-1) as 's' | 'm' | 'h' | 'd'];
  return Number.parseInt(text, 10) * unitMs;
}

/** The table for people: as text with the values in force, or as the README's Markdown with the defaults. */
export function describeSettings(settings: Settings, form: 'text' | 'markdown'): string {
  if (form === 'markdown') {
    const rows = entries.map(([name, e]) => `| \`${name}\` | ${e.defaultText ?? `\`${e.default}\``} | ${e.en}. ${e.zh}。 |`);
    return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
  }
  const values = shownSettings(settings);
  return entries
    .map(
      ([name, e]) =>
        `${name} = ${values[name] ?? '(not set)'}\n  ${e.en}. ${e.zh}。\n  allowed: ${allowedText(e)}; default: ${defaultText(e)}`,
    )
    .join('\n');
}

/** Name to value, secrets blotted out, for `settings` and `doctor`. */
export function shownSettings(settings: Settings): Record<string, string | number | boolean | undefined> {
  return Object.fromEntries(entries.map(([name, e]) => [name, e.secret && settings[name] !== undefined ? '(secret)' : settings[name]]));
}

function defaults(environment: Environment): Record<string, string | number | boolean> {
  const cache = environment['XDG_CACHE_HOME'] || path.join(environment['HOME'] || homedir(), '.cache');
  const values: Record<string, string | number | boolean> = {
    NEIQIN_DATA: path.join(projectRoot, '.neiqin', 'data'),
    NEIQIN_CACHE: path.join(cache, 'neiqin'),
    NEIQIN_DEFINITIONS: path.join(projectRoot, 'definitions'),
  };
  for (const [name, entry] of entries) if (entry.default !== undefined) values[name] = entry.default;
  return values;
}

/** What people write for yes and no; anything else is left for the schema to refuse. */
function booleanText(text: string): string {
  return { '1': 'true', yes: 'true', on: 'true', '0': 'false', no: 'false', off: 'false' }[text.toLowerCase()] ?? text.toLowerCase();
}

/** A relative path counts from where the command was typed: npm changes the folder and keeps that one in INIT_CWD. */
function expandPath(text: string): string {
  const typed = text.startsWith('~/') ? path.join(homedir(), text.slice(2)) : text;
  return path.resolve(process.env['INIT_CWD'] ?? process.cwd(), typed);
}

function fault(name: string, entry: SettingEntry, text: string): string {
  const shown = entry.secret ? 'its value' : `"${text}"`;
  return `${name}: ${shown} is not allowed; allowed: ${allowedText(entry)}; default: ${defaultText(entry)}`;
}

function crossFaults(settings: Settings): string[] {
  const faults: string[] = [];
  if (!isLoopback(settings.HOST) && !settings.NEIQIN_CONTAINER) {
    faults.push(fault('HOST', settingsTable.HOST, settings.HOST));
  }
  if (settings.NEIQIN_VIRTUAL_TIME && (!settings.NEIQIN_DEMO || settings.TEMPORAL_ADDRESS !== undefined)) {
    faults.push(fault('NEIQIN_VIRTUAL_TIME', settingsTable.NEIQIN_VIRTUAL_TIME, 'true'));
  }
  const ports = (['PORT', 'DATABASE_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'] as const).map((name) => [name, settings[name]] as const);
  for (const [index, [name, port]] of ports.entries()) {
    const same = ports.slice(0, index).find(([, other]) => other === port);
    if (same !== undefined) faults.push(`${name}: "${port}" is not allowed; it is the value of ${same[0]} too`);
  }
  return faults;
}

function allowedText({ allowed, schema }: SettingEntry): string {
  if (allowed !== undefined) return allowed;
  if (schema.enum !== undefined) return schema.enum.join(', ');
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`;
  if (schema.type === 'boolean') return 'true or false';
  return schema.format === 'path' ? 'a path' : `text that matches ${schema.pattern}`;
}

function defaultText(entry: SettingEntry): string {
  return entry.defaultText ?? String(entry.default);
}

function likelyTypos(environment: Environment): string[] {
  const unknown = Object.keys(environment).filter(
    (name) =>
      name.startsWith('NEIQIN_') &&
      !(name in settingsTable) &&
      !internalNames.has(name) &&
      !otherPrefixes.some((prefix) => name.startsWith(prefix)),
  );
  return unknown.map((name) => {
    const [nearest, steps] = entries
      .map(([known]) => [known, editDistance(name, known)] as const)
      .reduce((best, next) => (next[1] < best[1] ? next : best));
    return `${name} is no setting${steps <= 4 ? `; did you mean ${nearest}?` : '.'} It is not used.`;
  });
}

/** Number of letters to insert, delete or replace (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === other ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
