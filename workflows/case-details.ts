import type { InstanceState } from '../engine/runtime/instance-state';
import type { ModelClosure } from '../engine/runtime/process-model';

/** Where a case stands, in plain words (Markdown), for Temporal's own UI. */
export function describeCase(closure: ModelClosure, state: InstanceState): string {
  const root = Object.values(state.scopes).find((scope) => scope.caller === undefined);
  if (state.status !== 'active') return state.status === 'canceled' ? '已取消 canceled' : `已结束 ended: ${root?.end ?? ''}`;
  const tasks = Object.values(state.tasks).map((task) => {
    const title = titleOf(closure, state, task.scope, task.node);
    return `- 待办 open: ${title} · ${task.assignee ?? [...task.candidateGroups, ...task.candidateUsers].join(', ')}`;
  });
  const jobs = Object.values(state.jobs).map((job) => `- 系统处理中 running: ${titleOf(closure, state, job.scope, job.node)}`);
  const incidents = Object.values(state.incidents).map(
    (incident) => `- 异常 incident: ${titleOf(closure, state, incident.scope, incident.node)}: ${incident.message}`,
  );
  const { suspended } = state;
  const pause =
    suspended === undefined ? [] : [`- 已挂起 suspended: ${suspended.by}${suspended.reason === null ? '' : ` · ${suspended.reason}`}`];
  const lines = [...pause, ...incidents, ...tasks, ...jobs];
  return lines.length === 0 ? '等待中 waiting' : lines.join('\n');
}

function titleOf(closure: ModelClosure, state: InstanceState, scopeId: string, nodeId: string): string {
  const hash = state.scopes[scopeId]?.model;
  const node = hash === undefined ? undefined : closure.models[hash]?.nodes[nodeId];
  return node?.title === undefined ? nodeId : `${node.title.zh} (${nodeId})`;
}
