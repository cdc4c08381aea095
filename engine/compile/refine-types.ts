import type { ValueType } from '../feel/expression';
import { elementType } from '../feel/static-type';
import type { Path } from '../language/source-document';
import type { ProcessContext } from './context';
import { isExpressionText } from './expressions';
import { type Element, homeOf, innermostOf, mapOf, namesOf, textOf } from './step-document';

/**
 * Gives variables that nobody declared the types of what is put into them: items of repeated activities, what sub-processes receive, what they
 * give, and lists that are collected. From the outside in for what goes in, from the inside out for what comes out.
 */
export function refineTypes(context: ProcessContext): void {
  const { elements } = context.index;
  for (const element of elements) {
    refineItem(context, element);
    refineInput(context, element);
  }
  for (const element of [...elements].reverse()) refineOutput(context, element);
}

function refineItem(context: ProcessContext, { value, loop, outer, path }: Element): void {
  const item = textOf(mapOf(value['forEach'])['as']);
  if (item === undefined || loop === undefined) return;
  const items = typeAt(context, [...path, 'forEach', 'in'], outer);
  const type = items.kind === 'list' ? elementType(items) : undefined;
  const list = /^=\s*([\p{L}_][\p{L}\p{N}_]*)\s*$/u.exec(String(mapOf(value['forEach'])['in']))?.[1];
  const constraint = list === undefined ? undefined : outer.declarationOf(list)?.constraint?.items;
  if (type !== undefined && type !== null) loop.retype(item, type, constraint);
}

function refineInput(context: ProcessContext, element: Element): void {
  const { inner, path } = element;
  if (inner === undefined) return;
  const at = [...path, 'subProcess', 'input'];
  const declared = mapOf(context.report.document.at([...inner.path, 'variables']));
  for (const name of namesAt(context, at)) {
    if (!Object.hasOwn(declared, name)) inner.scope.retype(name, typeAt(context, [...at, name], namesOf(element)));
  }
}

function refineOutput(context: ProcessContext, element: Element): void {
  const collected = [...element.path, 'forEach', 'collect'];
  for (const name of namesAt(context, collected)) {
    element.container.scope.refine(name, { kind: 'list', items: typeAt(context, [...collected, name], innermostOf(element)) });
  }
  const { kind, path, value } = element;
  const output = [...path, kind, 'output'];
  const called = context.surroundings.processes.get(String(mapOf(value['callActivity'])['process']));
  const inside = kind === 'callActivity' ? called : innermostOf(element);
  for (const name of namesAt(context, output)) {
    if (inside !== undefined) homeOf(element).refine(name, typeAt(context, [...output, name], inside));
  }
}

function namesAt(context: ProcessContext, path: Path): string[] {
  return Object.keys(mapOf(context.report.document.at(path)));
}

/** The type of a value: of data only where it is a text, a number or a truth value. */
function typeAt(context: ProcessContext, path: Path, names: Parameters<ProcessContext['expressions']>[0]): ValueType {
  const value = context.report.document.at(path);
  if (isExpressionText(value)) return context.expressions(names).typeAt(path);
  const kind = typeof value;
  return kind === 'string' || kind === 'number' || kind === 'boolean' ? { kind } : { kind: 'any' };
}
