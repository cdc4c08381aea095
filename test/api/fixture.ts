import type { CompiledDealership, CompiledForm } from '../../engine/compile/deployment';
import { compileExpression } from '../../engine/feel/compile';
import type { Expression } from '../../engine/feel/expression';
import type { JsonObject } from '../../engine/json';
import type { LocalizedText, ProcessModel } from '../../engine/runtime/process-model';

const text = (zh: string, en: string): LocalizedText => ({ zh, en });

function feel(source: string): Expression {
  const result = compileExpression(source, { has: () => true, typeOf: () => ({ kind: 'any' }) } as never);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.expression;
}

const orderForm: CompiledForm = {
  id: 'sales-order',
  hash: 'form-order',
  title: text('销售订单', 'Sales order'),
  schema: {
    type: 'object',
    required: ['number', 'amount'],
    properties: {
      number: { type: 'string', minLength: 1, title: { zh: '编号', en: 'Number' } },
      amount: { type: 'string', format: 'money', title: { zh: '金额', en: 'Amount' } },
      salesman: { type: 'string', format: 'user' },
    },
  },
  shows: [],
};

const reviewForm: CompiledForm = {
  id: 'order-review',
  hash: 'form-review',
  title: text('订单审核', 'Order review'),
  schema: {
    type: 'object',
    required: ['creditChecked'],
    properties: {
      creditChecked: { type: 'boolean', title: { zh: '已查信用', en: 'Credit checked' } },
      remark: { type: 'string', maxLength: 10 },
      second: { type: 'string' },
    },
  },
  shows: [feel('order.number')],
};

const model: ProcessModel = {
  id: 'order-to-delivery',
  title: text('订单到提车', 'Order to delivery'),
  businessKey: feel('order.number'),
  start: 'start',
  startForm: { form: 'sales-order', roles: ['salesman', 'clerk'], result: 'order' },
  variables: {
    order: { type: { kind: 'any' } },
    review: { type: { kind: 'any' }, constraint: { properties: { second: { format: 'user' } } } },
  },
  nodes: {
    start: { kind: 'startEvent', id: 'start', incoming: [], outgoing: ['a'] },
    review: {
      kind: 'userTask',
      id: 'review',
      title: text('审核销售订单', 'Review the order'),
      incoming: ['a'],
      outgoing: ['b'],
      boundary: [],
      assign: { roles: ['clerk'], users: [], exclude: [] },
      form: 'order-review',
      outcomes: [
        { id: 'approve', title: text('通过', 'Approve') },
        { id: 'return', title: text('退回', 'Return') },
      ],
      result: 'review',
      priority: 50,
      overdue: [],
    },
    shipTime: {
      kind: 'userTask',
      id: 'shipTime',
      title: text('告知发车时间', 'Tell the ship time'),
      incoming: ['b'],
      outgoing: ['c'],
      boundary: [],
      assign: { roles: ['clerk', 'salesman'], users: [], exclude: [] },
      outcomes: [],
      result: 'shipTime',
      priority: 50,
      overdue: [],
    },
    end: { kind: 'endEvent', id: 'end', name: 'delivered', terminate: false, incoming: ['c'], outgoing: [] },
  },
  flows: {
    a: { id: 'a', from: 'start', to: 'review' },
    b: { id: 'b', from: 'review', to: 'shipTime' },
    c: { id: 'c', from: 'shipTime', to: 'end' },
  },
  forms: { 'sales-order': 'form-order', 'order-review': 'form-review' },
};

const inner: ProcessModel = { ...model, id: 'book-transport', title: text('订车', 'Book transport'), forms: {} };
delete inner.startForm;
delete inner.businessKey;

/** A dealership with one process that starts from a form and one that does not. */
export function dealership(id: string, settings: JsonObject = {}): CompiledDealership {
  return {
    id,
    title: text('天河店', 'Tianhe'),
    timezone: 'Asia/Shanghai',
    roles: { clerk: [`clerk@${id}`, `wang@${id}`] },
    settings,
    publishers: { messages: { 'order.cancelled': ['sales-manager', 'warehouse'] }, signals: { 'ship-time.*': ['warehouse'] } },
    settingsType: { kind: 'any' },
    calendars: {},
    registers: {},
    reports: {},
    templates: {},
    schedules: {},
    processes: {
      'order-to-delivery': { id: 'order-to-delivery', hash: 'model-1', model },
      'book-transport': { id: 'book-transport', hash: 'model-2', model: inner },
    },
    forms: { 'sales-order': orderForm, 'order-review': reviewForm },
  };
}
