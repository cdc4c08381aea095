import type { Expression, ValueType } from '../feel/expression';
import type { CompiledRegister } from '../register/register';
import type { LocalizedText } from '../runtime/process-model';
import type { ReportedTable, ReportSource, ValueTitles } from './report';
import { registerColumn, type SqlValue } from './sql';

/** A column that the expressions of a report read. */
export interface SourceColumn {
  name: string;
  title: LocalizedText;
  type: ValueType;
  /** What it is in the rows of the source's SQL; or from which columns it is computed. */
  value: SqlValue | { expression: Expression };
  valueTitles?: ValueTitles;
}

/** The columns of a source; undefined where its register is not there. */
export function sourceColumns(from: ReportSource, register: CompiledRegister | undefined): readonly SourceColumn[] | undefined {
  switch (from.kind) {
    case 'cases':
      return caseColumns;
    case 'tasks':
      return taskColumns;
    case 'table':
      return tableColumns[from.table];
    default:
      return register === undefined ? undefined : registerColumns(register);
  }
}

/** The columns of a register, the computed ones included, over rows that are named `s`. */
function registerColumns(register: CompiledRegister): SourceColumn[] {
  const stored = register.columns.map(({ name, title, type, valueTitles }): SourceColumn => {
    const titles = valueTitles === undefined ? {} : { valueTitles };
    return { name, title, type, value: registerColumn(name, type, 's."values"'), ...titles };
  });
  const computed = register.computed.map(({ name, title, type, expression }) => ({ name, title, type, value: { expression } }));
  return [...stored, ...computed];
}

type Kind = 'string' | 'number' | 'money' | 'boolean' | 'date' | 'dateTime' | 'duration';

const own = (name: string, kind: Kind, zh: string, en: string, valueTitles?: ValueTitles): SourceColumn => ({
  name,
  title: { zh, en },
  type: { kind },
  value: {
    sql: `s."${name}"`,
    kind: kind === 'money' ? 'number' : kind,
    ...(kind === 'dateTime' ? { date: `(s."${name}" at time zone s.zone)::date` } : {}),
  },
  ...(valueTitles === undefined ? {} : { valueTitles }),
});

/** Titles of values, each written as in `active 进行中 Active`. */
const titles = (...written: string[]): ValueTitles =>
  Object.fromEntries(
    written.map((text) => {
      const [value = '', zh = '', ...en] = text.split(' ');
      return [value, { zh, en: en.join(' ') }];
    }),
  );

const caseColumns: readonly SourceColumn[] = [
  own('key', 'string', '业务编号', 'Key'),
  own('process', 'string', '流程', 'Process', 'process'),
  own(
    'state',
    'string',
    '状态',
    'State',
    titles('active 进行中 Active', 'completed 已完成 Completed', 'canceled 已取消 Canceled', 'terminated 已终止 Terminated'),
  ),
  own('end', 'string', '结果', 'End'),
  own('startedBy', 'string', '发起人', 'Started by'),
  own('startedAt', 'dateTime', '开始时间', 'Started at'),
  own('startedOn', 'date', '开始日期', 'Started on'),
  own('endedAt', 'dateTime', '结束时间', 'Ended at'),
  own('endedOn', 'date', '结束日期', 'Ended on'),
  own('lasted', 'duration', '历时', 'Lasted'),
  own('incidents', 'number', '故障数', 'Incidents'),
];

const taskColumns: readonly SourceColumn[] = [
  own('process', 'string', '流程', 'Process', 'process'),
  own('case', 'string', '业务编号', 'Case'),
  own('step', 'string', '步骤', 'Step', 'step'),
  own('state', 'string', '状态', 'State', titles('open 待办 Open', 'completed 已完成 Completed', 'canceled 已取消 Canceled')),
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

/** When something was done, on which day, and by whom. */
function deed(name: string, zh: string, en: string): SourceColumn[] {
  return [
    own(`${name}At`, 'dateTime', `${zh}时间`, `${en} at`),
    own(`${name}On`, 'date', `${zh}日期`, `${en} on`),
    own(`${name}By`, 'string', `${zh}人`, `${en} by`),
  ];
}

/** The tables that reports are written over, with their columns. */
export const tableColumns: Readonly<Record<ReportedTable, readonly SourceColumn[]>> = {
  payments: [
    own('order', 'string', '订单号', 'Order'),
    own('bank', 'string', '银行', 'Bank'),
    own('reference', 'string', '流水号', 'Reference'),
    own('amount', 'money', '金额', 'Amount'),
    own('state', 'string', '状态', 'State', titles('booked 已入账 Booked', 'refunded 已退款 Refunded')),
    ...deed('booked', '入账', 'Booked'),
    ...deed('refunded', '退款', 'Refunded'),
    own('reason', 'string', '退款原因', 'Reason'),
  ],
  vehicles: [
    own('vin', 'string', '车架号', 'VIN'),
    own('model', 'string', '车型', 'Model'),
    own('state', 'string', '状态', 'State', titles('in-stock 在库 In stock', 'reserved 已预留 Reserved', 'delivered 已交车 Delivered')),
    own('pledgedTo', 'string', '合格证质押银行', 'Certificate pledged to'),
    own('order', 'string', '订单号', 'Order'),
    own('receivedAt', 'dateTime', '入库时间', 'Received at'),
    own('receivedOn', 'date', '入库日期', 'Received on'),
    ...deed('changed', '变动', 'Changed'),
  ],
  'outbound-numbers': [
    own('number', 'string', '出库单号', 'Number'),
    own('order', 'string', '订单号', 'Order'),
    own('state', 'string', '状态', 'State', titles('issued 已开具 Issued', 'revoked 已作废 Revoked')),
    ...deed('issued', '开具', 'Issued'),
    ...deed('revoked', '作废', 'Revoked'),
    own('reason', 'string', '作废原因', 'Reason'),
  ],
};

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
  if (source.kind === 'table') return tables[source.table](parameters);
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
  const onClock = onClockOf(timezone);
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

const onClockOf =
  (timezone: string) =>
  (time: string): string =>
    `(${time} at time zone ${timezone})::date`;

const tables: Readonly<Record<ReportedTable, (parameters: SourceParameters) => string>> = {
  payments: ({ dealership, timezone, asOf }) => {
    const onClock = onClockOf(timezone);
    const since = (column: string) => `case when p.refunded_at <= ${asOf} then ${column} end`;
    return `select jsonb_build_array(p.bank, p.bank_reference)::text as row_key, ${timezone} as zone, p.order_number as "order", p.bank,
      p.bank_reference as reference, p.amount, case when p.refunded_at <= ${asOf} then 'refunded' else 'booked' end as state,
      p.booked_at as "bookedAt", ${onClock('p.booked_at')} as "bookedOn", p.booked_by as "bookedBy", ${since('p.refunded_at')} as "refundedAt",
      ${since(onClock('p.refunded_at'))} as "refundedOn", ${since('p.refunded_by')} as "refundedBy", ${since('p.refund_reason')} as reason
      from payment p where p.dealership_id = ${dealership} and p.booked_at <= ${asOf}`;
  },
  vehicles: ({ dealership, timezone, asOf }) => {
    const onClock = onClockOf(timezone);
    return `select v.vin as row_key, ${timezone} as zone, v.vin, v.model, v.status as state, v.pledged_to as "pledgedTo", v.reserved_by as "order",
      v.received_at as "receivedAt", ${onClock('v.received_at')} as "receivedOn", v.changed_at as "changedAt",
      ${onClock('v.changed_at')} as "changedOn", v.changed_by as "changedBy"
      from vehicle v where v.dealership_id = ${dealership} and v.received_at <= ${asOf}`;
  },
  'outbound-numbers': ({ dealership, timezone, asOf }) => {
    const onClock = onClockOf(timezone);
    const since = (column: string) => `case when n.revoked_at <= ${asOf} then ${column} end`;
    return `select n.number as row_key, ${timezone} as zone, n.number, n.order_number as "order",
      case when n.revoked_at <= ${asOf} then 'revoked' else 'issued' end as state, n.issued_at as "issuedAt",
      ${onClock('n.issued_at')} as "issuedOn", n.issued_by as "issuedBy", ${since('n.revoked_at')} as "revokedAt",
      ${since(onClock('n.revoked_at'))} as "revokedOn", ${since('n.revoked_by')} as "revokedBy", ${since('n.revoke_reason')} as reason
      from outbound_order n where n.dealership_id = ${dealership} and n.issued_at <= ${asOf}`;
  },
};
