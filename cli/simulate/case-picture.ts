import pc from 'picocolors';
import type { InstanceState } from '../../engine/runtime/instance-state';
import type { LocalizedText, ModelClosure, Node, ProcessModel } from '../../engine/runtime/process-model';
import type { CaseSimulator } from '../../engine/simulate/case-simulator';

/** Columns below which state and diagram stand one under the other. */
const WIDE = 100;

/** How a case stands, and its process with what was passed and where it is, side by side where there is room. */
export function pictureOf(one: CaseSimulator, timezone: string, columns: number, language: keyof LocalizedText = 'zh'): string[] {
  const state = stateLines(one, timezone);
  const diagram = diagramLines(one, language);
  if (columns < WIDE) return [...diagram, '', ...state];
  const width = Math.min(Math.floor(columns / 2), Math.max(...diagram.map((line) => widthOf(line))) + 3);
  return Array.from({ length: Math.max(state.length, diagram.length) }, (_, at) => {
    const left = diagram[at] ?? '';
    return `${left}${' '.repeat(Math.max(1, width - widthOf(left)))}${state[at] ?? ''}`.trimEnd();
  });
}

function stateLines({ state, nowMs, pending }: CaseSimulator, timezone: string): string[] {
  const at = (ms: number) => new Date(ms).toLocaleString('sv-SE', { timeZone: timezone });
  const root = Object.values(state.scopes).find(({ caller }) => caller === undefined);
  const how = state.status === 'completed' ? `completed: ${root?.end ?? 'no end'}` : state.status;
  const lines = [pc.bold(`${at(nowMs)}  ${how}`)];
  for (const task of Object.values(state.tasks)) {
    const who = task.assignee ?? [...task.candidateGroups, ...task.candidateUsers].join(', ');
    lines.push(`task ${task.node} for ${who}${task.dueAtMs === null ? '' : `, due ${at(task.dueAtMs)}`}`);
  }
  for (const { connector, jobId } of pending.values()) lines.push(`connector ${connector} at ${state.jobs[jobId]?.node ?? '?'}`);
  for (const { name, correlationKey } of Object.values(state.subscriptions)) {
    lines.push(correlationKey === null ? `waits for the signal ${name}` : `waits for the message ${name}, ${correlationKey}`);
  }
  for (const { dueAtMs, purpose, token } of Object.values(state.timers)) {
    lines.push(`timer ${purpose.kind === 'event' ? purpose.node : (state.tokens[token]?.node ?? '?')} at ${at(dueAtMs)}`);
  }
  for (const { node, code, message } of Object.values(state.incidents)) lines.push(pc.red(`incident at ${node}: ${code}, ${message}`));
  for (const [name, value] of Object.entries(root?.variables ?? {})) lines.push(pc.dim(`${name} = ${shortened(JSON.stringify(value))}`));
  return lines;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The steps of the process and of those that it is in now, each with where it leads. */
function diagramLines({ closure, state, records }: CaseSimulator, language: keyof LocalizedText): string[] {
  const passed = new Map<string, number>();
  for (const record of records) {
    if (!('elementId' in record) || record.elementId === undefined) continue;
    if (record.type !== 'elementCompleted' && record.type !== 'taskCompleted' && record.type !== 'branchTaken') continue;
    passed.set(record.elementId, (passed.get(record.elementId) ?? 0) + 1);
  }
  return modelsOf(closure, state).flatMap((model) => [
    pc.bold(`${model.title[language]} (${model.id})`),
    ...Object.values(model.nodes)
      .filter((node) => isShown(node))
      .map((node) => {
        const here = Object.values(state.tokens).filter(
          (token) => token.node === node.id && state.scopes[token.scope]?.processId === model.id,
        );
        const times = passed.get(node.id) ?? 0;
        const depth = depthOf(model, node);
        const mark = here.length > 0 ? pc.cyan('▶') : times > 0 ? pc.green('✓') : pc.dim('·');
        const next = nextOf(model, node);
        const text = `${node.id}${times > 1 ? ` ×${times}` : ''}${next.length > 1 ? ` → ${next.join(' | ')}` : ''}`;
        return `${'  '.repeat(depth + 1)}${mark} ${here.length > 0 ? pc.cyan(text) : text}`;
      }),
  ]);
}

function modelsOf(closure: ModelClosure, state: InstanceState): ProcessModel[] {
  const open = Object.values(state.scopes).flatMap(({ kind, model }) => (kind === 'process' ? [model] : []));
  return [...new Set([closure.root, ...open])].flatMap((hash) => closure.models[hash] ?? []);
}

/** Joins and forks that only the notation needs say nothing. */
function isShown(node: Node): boolean {
  return !/Gateway$/u.test(node.kind) || node.outgoing.length > 1;
}

function nextOf(model: ProcessModel, node: Node): string[] {
  return node.outgoing.flatMap((flow) => model.flows[flow]?.to ?? []);
}

function depthOf(model: ProcessModel, node: Node): number {
  let depth = 0;
  for (let at = node.parent; at !== undefined; at = model.nodes[at]?.parent) depth += 1;
  return depth;
}

/** Columns that a text takes in a terminal: Chinese letters take two, colours none. */
function widthOf(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how colours are written
  const plain = text.replace(/\u001b\[\d+m/gu, '');
  let width = 0;
  for (const letter of plain)
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(letter) ? 2 : 1;
  return width;
}
