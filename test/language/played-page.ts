import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { commandLine } from '../../cli/main';

const docs = path.join(__dirname, '..', '..', 'docs');

/** A block of a page: a file that is to be written, or a command with its answer. */
type Block = { file: string; from: string; text: string } | { command: string; shown: string; kind: string };

/** A command as the page shows it, and what came of it. */
export interface Played {
  readonly command: string;
  readonly shown: string;
  readonly actual: string;
}

/** What to do where the page needs a server; without it, what needs one is left out. */
export interface PageServer {
  /** Called in the folder of the page where it starts a server; gives the server's address. */
  start(): Promise<string>;
}

/**
 * Does what a page says, in a temporary folder: writes blocks that name a file (`from` a step on, where they say so), and runs the commands of blocks that are `console`. What is typed into a
 * command stands in its answer after `> ` or `]: `. Blocks that are `console by-hand` are not run, those that are `console server` only with a server.
 */
export async function playPage(name: string, server?: PageServer): Promise<Played[]> {
  const home = process.cwd();
  const folder = mkdtempSync(path.join(tmpdir(), 'neiqin-page-'));
  const played: Played[] = [];
  let url = '';
  try {
    process.chdir(folder);
    for (const block of blocksOf(readFileSync(path.join(docs, name), 'utf8'))) {
      if ('file' in block) {
        mkdirSync(path.dirname(block.file), { recursive: true });
        const old = existsSync(block.file) ? readFileSync(block.file, 'utf8') : '';
        writeFileSync(block.file, block.from === '' ? block.text : old.slice(0, old.indexOf(`  - id: ${block.from}\n`)) + block.text);
      } else if (block.kind === 'by-hand') {
        if (server !== undefined && block.command.endsWith('neiqin start')) url = await server.start();
      } else if (block.kind === '' || url !== '') {
        const { command, shown } = block;
        const actual = await run(command.replace(SERVER, url || SERVER), typedIn(shown));
        played.push({ command, shown, actual: url === '' ? actual : actual.replaceAll(url, SERVER) });
      }
    }
  } finally {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  }
  return played;
}

/** Where the page says that a server listens. */
const SERVER = 'http://127.0.0.1:3000';

/** What is shown as a pattern of what may come: milliseconds may differ, a line `…` stands for any lines. */
export function patternOf(shown: string): { test(actual: string): boolean } {
  const lines = shown.split('\n').map((line) => {
    if (line === '…') return '(?:\n.*)*?';
    return `\n${line.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&').replace(/\d+ ms/gu, '\\d+ ms')}`;
  });
  const pattern = new RegExp(`^${lines.join('')}$`, 'u');
  return { test: (actual: string): boolean => pattern.test(`\n${actual}`) };
}

function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^(`{3,})(yaml|console)(?: (\S+))?(?: from (\S+))?\n([\s\S]*?)^\1$/gmu)].flatMap(
    ([, , language, named = '', from = '', text = '']): Block[] => {
      if (language === 'yaml') return named === '' ? [] : [{ file: named, from, text }];
      return text
        .split(/^\$ /mu)
        .slice(1)
        .map((part) => {
          const [command = '', ...shown] = part.trimEnd().split('\n');
          return { command, shown: shown.join('\n'), kind: named };
        });
    },
  );
}

const typedIn = (shown: string): string[] => [...shown.matchAll(/^> (.*)$|\]: ?(.*)$/gmu)].map((match) => match[1] ?? match[2] ?? '');

/** Runs one command in this process, or in a shell where it is none of this program, and gives what it prints. */
async function run(command: string, typed: string[]): Promise<string> {
  const [, password, words] = /^(?:NEIQIN_PASSWORD=(\S+) )?neiqin (.*)$/u.exec(command) ?? [];
  if (command.startsWith('cd ')) process.chdir(command.slice(3));
  else if (words === undefined) return execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trimEnd();
  if (words === undefined) return '';
  if (password !== undefined) process.env['NEIQIN_PASSWORD'] = password;
  const left = [...typed];
  let printed = '';
  const take = (chunk: unknown): boolean => {
    printed += String(chunk);
    if (left.length > 0 && /(?:^> |\]: )$/mu.test(String(chunk))) printed += `${left.shift()}\n`;
    return true;
  };
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor;
  const spies = [jest.spyOn(process.stdout, 'write'), jest.spyOn(process.stderr, 'write')];
  for (const spy of spies) spy.mockImplementation(take);
  Object.defineProperty(process, 'stdin', { ...stdin, get: () => Readable.from(typed.map((line) => `${line}\n`)) });
  try {
    await commandLine().parseAsync(['node', 'neiqin', ...words.split(' ')]);
  } finally {
    for (const spy of spies) spy.mockRestore();
    Object.defineProperty(process, 'stdin', stdin);
    delete process.env['NEIQIN_PASSWORD'];
    process.exitCode = 0;
  }
  return printed.replace(/ +$/gmu, '').trimEnd();
}
