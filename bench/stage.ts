import { type ChildProcess, fork } from 'node:child_process';
import { hold, release, releaseAtOurEnd } from './hold';
import type { LoadReply, LoadRequest } from './load/load-process';
import type { WindowOrder, WindowResult } from './load/window';
import { endChild, type Player } from './player';
import { analyze, type BenchContext } from './servers';

/** After waking, and before being stopped again: what a case leaves to do when its rows say that it has ended. */
const SETTLE_MS = 500;
/** Beyond a window's longest time: for its last cases, and then some. */
const WINDOW_GRACE_MS = 180_000;

/** The players and the one load generator; one player at a time is awake. */
export class Stage {
  readonly #players: Player[] = [];
  readonly #load: ChildProcess;

  constructor(private readonly context: BenchContext) {
    this.#load = fork(require.resolve('./load/load-process'), [], { stdio: ['ignore', 2, 2, 'ipc'] });
    context.stops.add('the load generator', () => endChild(this.#load));
    this.#load.once('exit', () => context.onLost(new Error('the load generator has ended')));
  }

  /** Takes a player that runs, and holds it until its turn. */
  add(player: Player): void {
    this.#players.push(player);
    const callOff = releaseAtOurEnd(player.held);
    this.context.stops.add(player.name, async () => {
      // first of all: a client that goes on asking holds up the end of whom it asks
      await endChild(this.#load);
      callOff();
      release(player.held);
    });
    hold(player.held);
  }

  /** Plays cases until the player's code is warm, and makes its database's statistics. */
  async warmUp(player: Player, window: Omit<WindowOrder, 'pids'>): Promise<WindowResult> {
    const result = await this.play(player, window);
    for (const database of player.databases) await analyze(database);
    return result;
  }

  /** One window of one player. */
  async play(player: Player, window: Omit<WindowOrder, 'pids'>): Promise<WindowResult> {
    release(player.held);
    try {
      await pause(SETTLE_MS);
      const reply = await this.#ask({ contender: player.address, window: { ...window, pids: this.#pidsFor(player) } }, window.seconds);
      await pause(SETTLE_MS);
      if ('failure' in reply) throw new Error(`${player.name}: ${reply.failure}`);
      return { ...reply.result, cpuMsPerCase: foldOthers(reply.result.cpuMsPerCase) };
    } finally {
      hold(player.held);
    }
  }

  /** The player's own processes by name, and everything else of ours, so that it does not count as foreign. */
  #pidsFor(player: Player): Record<string, number> {
    const pids: Record<string, number> = { ...player.pids };
    const known = new Set(Object.values(pids));
    const others = [process.pid, ...this.#players.flatMap((other) => Object.values(other.pids))].filter((pid) => !known.has(pid));
    for (const pid of new Set(others)) pids[`${OTHER}${pid}`] = pid;
    return pids;
  }

  #ask(request: LoadRequest, seconds: number): Promise<LoadReply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the load generator does not answer')), seconds * 4000 + WINDOW_GRACE_MS);
      this.#load.once('message', (reply: LoadReply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      this.#load.send(request);
    });
  }
}

const OTHER = 'other:';

function foldOthers(cpuMsPerCase: Record<string, number>): Record<string, number> {
  const own = Object.entries(cpuMsPerCase).filter(([name]) => !name.startsWith(OTHER));
  return Object.fromEntries(own);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
