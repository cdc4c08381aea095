import type { Expression, ValueType } from '../feel/expression';
import type { CompiledRegister } from '../register/register';
import type { LocalizedText } from '../runtime/process-model';
import type { ReportSource } from './report';
import { registerColumn, type SqlValue } from './sql';

/** A column that the expressions of a report read. */
export interface SourceColumn {
  name: string;
  title: LocalizedText;
  type: ValueType;
  /** What it is in the rows of the source's SQL; or from which columns it is computed. */
  value: SqlValue | { expression: Expression };
}

/** The columns of a register, the computed ones included, over rows that are named `s`. */
export function registerColumns(register: CompiledRegister): SourceColumn[] {
  const stored = register.columns.map(({ name, title, type }) => ({ name, title, type, value: registerColumn(name, type, 's."values"') }));
  const computed = register.computed.map(({ name, title, type, expression }) => ({ name, title, type, value: { expression } }));
  return [...stored, ...computed];
}

type Kind = 'string' | 'number' | 'boolean' | 'date' | 'dateTime' | 'duration';

const own = (name: string, kind: Kind, zh: string, en: string): SourceColumn => ({
  name,
  title: { zh, en },
  type: { kind },
  value: { sql: `s."${name}"`, kind, ...(kind === 'dateTime' ? { date: `(s."${name}" at time zone s.zone)::date` } : {}) },
});

/** The columns of cases. */
export const caseColumns: readonly SourceColumn[] = [
  own('key', 'string', '业务编号', 'Key'),
  own('process', 'string', '流程', 'Process'),
  own('state', 'string', '状态', 'State'),
  own('end', 'string', '结果', 'End'),
  own('startedBy', 'string', '发起人', 'Started by'),
  own('startedAt', 'dateTime', '开始时间', 'Started at'),
  own('startedOn', 'date', '开始日期', 'Started on'),
  own('endedAt', 'dateTime', '结束时间', 'Ended at'),
  own('endedOn', 'date', '结束日期', 'Ended on'),
  own('lasted', 'duration', '历时', 'Lasted'),
  own('incidents', 'number', '故障数', 'Incidents'),
];

/** The columns of tasks. */
export const taskColumns: readonly SourceColumn[] = [
  own('process', 'string', '流程', 'Process'),
  own('case', 'string', '业务编号', 'Case'),
  own('step', 'string', '步骤', 'Step'),
  own('state', 'string', '状态', 'State'),
  own('outcome', 'string', '结论', 'Outcome'),
  own('assignee', 'string', '办理人', 'Assignee'),
  own('completedBy', 'string', '完成人', 'Completed by'),
  own('openedAt', 'dateTime', '到达时间', 'Opened at'),
  own('openedOn', 'date', '到达日期', 'Opened on'),
  own('dueAt', 'dateTime', '期限', 'Due at'),
  own('dueOn', 'date', '到期日', 'Due on'),
  own('completedAt', 'dateTime', '完成时间', 'Completed at'),
  own('completedOn', 'date', '完成日期', 'Completed on'),
  own('overdue', 'boolean', '逾期', 'Overdue'),
  own('lasted', 'duration', '历时', 'Lasted'),
  own('urged', 'number', '催办次数', 'Urged'),
  own('escalated', 'boolean', '已升级', 'Escalated'),
];

/** What stands for the parameters of a source. */
interface SourceParameters {
  dealership: string;
  timezone: string;
  /** Of type `timestamptz`. */
  asOf: string;
  /** Null: the rows as they are now. */
  past: boolean;
}

/** The rows of a source as they were at a moment, with `row_key`, which tells each from the others. */
export function sourceSql(source: ReportSource, register: string, parameters: SourceParameters): string {
  if (source.kind === 'cases') return casesSql(parameters);
  if (source.kind === 'tasks') return tasksSql(parameters);
  const { dealership, asOf, past } = parameters;
  if (!past) {
    return `select key as row_key, row_id, "values" from register_row where dealership_id = ${dealership} and register_id = ${register} and not deleted`;
  }
  return `select row_key, "values" from (
    select distinct on (key) key as row_key, kind, after as "values" from register_change
    where dealership_id = ${dealership} and register_id = ${register} and kind <> 'same' and changed_at <= ${asOf} order by key, version desc
  ) changes where kind <> 'delete'`;
}

/** Cases that had begun; what came later has not happened yet. */
function casesSql({ dealership, timezone, asOf }: SourceParameters): string {
  const over = `i.ended_at is not null and i.ended_at <= ${asOf}`;
  return `select i.instance_key as row_key, ${timezone} as zone, i.business_key as key, i.process_id as process,
    case when ${over} then lower(i.state) else 'active' end as state,
    case when ${over} then i.end_name end as "end", i.started_by as "startedBy", i.started_at as "startedAt",
    (i.started_at at time zone ${timezone})::date as "startedOn",
    case when ${over} then i.ended_at end as "endedAt", case when ${over} then (i.ended_at at time zone ${timezone})::date end as "endedOn",
    case when ${over} then extract(epoch from i.ended_at - i.started_at) end as lasted,
    (select count(*)::numeric from incident where incident.root_key = i.instance_key and opened_at <= ${asOf}) as incidents
    from process_instance i
    where i.dealership_id = ${dealership} and i.parent_key is null and i.started_at <= ${asOf}`;
}

/** Tasks that were open by then. */
function tasksSql({ dealership, timezone, asOf }: SourceParameters): string {
  const over = `t.completed_at is not null and t.completed_at <= ${asOf}`;
  const onClock = (time: string) => `(${time} at time zone ${timezone})::date`;
  return `select t.task_key as row_key, ${timezone} as zone, t.process_id as process, r.business_key as "case", t.element_id as step,
    case when ${over} then lower(t.state) when t.completed_at is null and t.state <> 'CREATED' then lower(t.state) else 'open' end as state,
    case when ${over} then t.outcome end as outcome, t.assignee, case when ${over} then t.completed_by end as "completedBy",
    t.created_at as "openedAt", ${onClock('t.created_at')} as "openedOn", t.due_at as "dueAt", ${onClock('t.due_at')} as "dueOn",
    case when ${over} then t.completed_at end as "completedAt", case when ${over} then ${onClock('t.completed_at')} end as "completedOn",
    (t.completed_at is not null or t.state = 'CREATED') and coalesce(t.due_at < case when ${over} then t.completed_at else ${asOf} end, false) as overdue,
    case when ${over} then extract(epoch from t.completed_at - t.created_at) end as lasted,
    t.urged_count::numeric as urged, cardinality(t.escalated_to) > 0 as escalated
    from user_task t join process_instance r on r.instance_key = t.root_key
    where t.dealership_id = ${dealership} and t.created_at <= ${asOf}`;
}
