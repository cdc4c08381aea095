import type { Run } from './run';
import type { functionsOf } from './signature';
import { Context, type Value } from './value';

type Table = Parameters<typeof functionsOf>[0];

/** The functions of contexts (DMN 1.5 §10.3.4.9). */
export const contextFunctions: Table = {
  'get value(m: context, key: string): any': ([context, key], run) => (context as Context).get(key as string, run),
  'get value(m: context, keys: list): any': ([context, keys], run) => valueAt(context as Context, keys as Value[], run),
  'get entries(m: context): list': ([context], run) => entriesOf(context as Context, run),
  'context(entries: list): context': ([entries], run) => contextFrom(entries as Value[], run),
  'context put(context: context, key: string, value: any): context': ([context, key, value], run) =>
    put(context as Context, [key!], value!, run),
  'context put(context: context, keys: list, value: any): context': ([context, keys, value], run) =>
    (keys as Value[]).length === 0 ? null : put(context as Context, keys as Value[], value!, run),
  'context merge(contexts: list): context': ([contexts], run) => merge(contexts as Value[], run),
};

function valueAt(context: Context, keys: Value[], run: Run): Value {
  run.spend(keys.length);
  return keys.reduce<Value>((value, key) => (value instanceof Context && typeof key === 'string' ? value.get(key, run) : null), context);
}

function copied(context: Context, run: Run): Map<string, Value> {
  const names = context.names();
  run.spend(2 * names.length + 1);
  return new Map(names.map((name) => [name, context.get(name, run)]));
}

function entriesOf(context: Context, run: Run): Value {
  return [...copied(context, run)].map(([key, value]) =>
    Context.of(
      new Map<string, Value>([
        ['key', key],
        ['value', value],
      ]),
    ),
  );
}

function contextFrom(entries: Value[], run: Run): Value {
  const made = new Map<string, Value>();
  run.spend(2 * entries.length);
  for (const entry of entries) {
    if (!(entry instanceof Context && entry.has('value'))) return null;
    const key = entry.get('key', run);
    if (!isKey(key) || made.has(key)) return null;
    made.set(key, entry.get('value', run));
  }
  return Context.of(made);
}

function isKey(key: Value | undefined): key is string {
  return typeof key === 'string' && key !== '__proto__';
}

/** The context with the value at the path of keys; what lies on the way must be contexts. */
function put(context: Value, [key, ...keys]: Value[], value: Value, run: Run): Value {
  if (!(context instanceof Context && isKey(key))) return null;
  run.enter();
  const made = copied(context, run);
  const inner = keys.length === 0 ? value : put(context.get(key, run), keys, value, run);
  run.leave();
  if (keys.length > 0 && inner === null) return null;
  made.set(key, inner);
  return Context.of(made);
}

function merge(contexts: Value[], run: Run): Value {
  const made = new Map<string, Value>();
  for (const context of contexts) {
    if (!(context instanceof Context)) return null;
    for (const [name, value] of copied(context, run)) made.set(name, value);
  }
  return Context.of(made);
}
