import { existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { type Figures, figuresOf, ratioOf } from './figures';
import { readHistories } from './histories';
import type { WindowResult } from './load/window';
import { buildPeer, PEERS, type PeerName, startPeer, whyAbsent } from './peers';
import { type Player, startEngine, startHandWritten } from './player';
import { type BenchContext, databaseVersion, startServers } from './servers';
import { Stage } from './stage';
import { createWorkbench } from './workbench';

/** What is to be measured, and for how long. */
export interface BenchPlan {
  /** Of one window; its cases are then waited for. */
  seconds: number;
  /** Cases at once, one after the other. */
  concurrency: number[];
  /** How often everything is measured; the players take turns. */
  rounds: number;
  temporal: 'memory' | 'file';
  /** Folder of the peers' harness; absent: they are left out. */
  peers?: string;
  /** Cases that a peer plays before it is measured: a JVM gets faster for long. */
  peerWarmUpCases: number;
  /** Takes CPU profiles of the product. */
  profile?: string;
}

const WARM_UP = { concurrency: 8, seconds: 30, cases: 200 };
const PEER_CONCURRENCY = 32;
const PEER_WARM_UP_S = 120;

/**
 * Measures the order case: hand-written for Temporal, on the engine through its API, and where the harness is there on two peers through
 * theirs. Players take turns and everyone but the one that plays is stopped, so that a machine whose speed drifts is the same for all.
 */
export async function measure(plan: BenchPlan, context: BenchContext): Promise<Record<string, unknown>> {
  const { progress } = context;
  const jars = await findPeers(plan, context);
  progress('starting PostgreSQL and Temporal …');
  const servers = await startServers(context, plan.temporal);
  await createWorkbench(servers.postgres.url);
  progress('starting the hand-written worker and the engine …');
  const stage = new Stage(context);
  const handWritten = await startHandWritten(context, servers);
  stage.add(handWritten);
  const engine = await startEngine(context, servers, plan.profile);
  stage.add(engine);
  for (const player of [handWritten, engine]) {
    report(context, player, 'warm-up', await stage.warmUp(player, WARM_UP));
  }

  const windows = new Map<string, WindowResult[]>();
  const playAndKeep = async (player: Player, concurrency: number, place: string): Promise<void> => {
    const result = await stage.play(player, { concurrency, seconds: plan.seconds });
    report(context, player, `${concurrency} at once`, result);
    windows.set(place, [...(windows.get(place) ?? []), result]);
  };
  for (let round = 1; round <= plan.rounds; round += 1) {
    progress(`round ${round} of ${plan.rounds}`);
    for (const concurrency of plan.concurrency) {
      for (const player of [handWritten, engine]) await playAndKeep(player, concurrency, `${player.name} ${concurrency}`);
    }
  }
  const ours: Record<'handWritten' | 'engine', Record<string, Figures>> = { handWritten: {}, engine: {} };
  for (const name of ['handWritten', 'engine'] as const) {
    for (const concurrency of plan.concurrency) {
      const played = windows.get(`${name} ${concurrency}`) ?? [];
      const orders = played.flatMap(({ sample }) => sample).slice(-15);
      ours[name][concurrency] = figuresOf(played, await readHistories(servers.temporal.address, name, orders));
    }
  }

  const peers: Record<string, unknown> = {};
  const peerPlayers: Player[] = [];
  for (const name of PEERS) {
    const jar = jars[name];
    if (typeof jar !== 'string') {
      peers[name] = `absent: ${jar.absent}`;
      continue;
    }
    progress(`starting ${name} …`);
    const player = await startPeer(context, jar, name);
    stage.add(player);
    const warmUp = { concurrency: PEER_CONCURRENCY, seconds: PEER_WARM_UP_S, cases: plan.peerWarmUpCases };
    report(context, player, 'warm-up', await stage.warmUp(player, warmUp));
    peerPlayers.push(player);
  }
  for (let round = 1; round <= plan.rounds && peerPlayers.length > 0; round += 1) {
    progress(`round ${round} of ${plan.rounds}, with the peers`);
    for (const peer of peerPlayers) {
      await playAndKeep(engine, PEER_CONCURRENCY, `engine beside ${peer.name}`);
      await playAndKeep(peer, PEER_CONCURRENCY, peer.name);
    }
  }
  for (const { name } of peerPlayers) {
    const beside = figuresOf(windows.get(`engine beside ${name}`) ?? []);
    const figures = figuresOf(windows.get(name) ?? []);
    peers[name] = { ...figures, engineBeside: beside, ratio: ratioOf(beside, figures) };
  }

  return {
    bench: 'order-case',
    machine: { cpus: cpus().length, model: cpus()[0]?.model ?? null, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version },
    temporal: plan.temporal,
    postgres: await databaseVersion(servers.postgres.url),
    seconds: plan.seconds,
    rounds: plan.rounds,
    ratio: Object.fromEntries(
      plan.concurrency.map((concurrency) => [
        concurrency,
        ratioOf(ours.engine[concurrency] as Figures, ours.handWritten[concurrency] as Figures),
      ]),
    ),
    ...ours,
    peers: plan.peers === undefined ? 'absent: left out' : existsSync(plan.peers) ? peers : `absent: there is no "${plan.peers}"`,
  };
}

/** The peers' programs, built where they were not; or why there are none. */
async function findPeers(plan: BenchPlan, context: BenchContext): Promise<Record<PeerName, string | { absent: string }>> {
  const jarOf = async (name: PeerName): Promise<string | { absent: string }> => {
    const { peers } = plan;
    const absent = peers === undefined ? 'left out' : whyAbsent(peers, name);
    if (peers === undefined || absent !== undefined) return { absent: absent ?? 'left out' };
    try {
      return await buildPeer(context, peers, name);
    } catch (error) {
      return { absent: `it does not build: ${(error as Error).message.slice(0, 500)}` };
    }
  };
  const found = {} as Record<PeerName, string | { absent: string }>;
  for (const name of PEERS) found[name] = await jarOf(name);
  return found;
}

function report({ progress }: BenchContext, { name }: Player, what: string, result: WindowResult): void {
  const { cases, casesPerSecond, completeMsP50, completeMsP95, cpuMsPerCase, foreignCpuShare, failures, firstFailure } = result;
  const cpu = Object.entries(cpuMsPerCase).map(([process, ms]) => `${process} ${ms}`);
  const lines = [
    `${name.padEnd(12)} ${what.padEnd(11)} ${String(casesPerSecond).padStart(6)} cases/s (${cases}),`,
    `complete ${completeMsP50}/${completeMsP95} ms, CPU ms a case: ${cpu.join(', ')}; foreign ${Math.round(100 * foreignCpuShare)} %`,
  ];
  progress(lines.join(' '));
  if (failures > 0) progress(`  ${failures} failed: ${firstFailure}`);
}
