import type { Json, JsonObject } from '../json';
import type { FieldError, Locale } from './form-data';
import { suggestion } from './suggestion';

/** A field whose schema says that it names a user, with whom it names. */
export interface NamedUser {
  /** JSON pointer into the data. */
  pointer: string;
  user: string;
}

/** The users that data name, by `format: user` in fields and items of lists. */
export function usersNamedIn(schema: object | undefined, data: Json | undefined, pointer = ''): NamedUser[] {
  if (schema === undefined || data === undefined || data === null) return [];
  const { format, properties, items } = schema as { format?: Json; properties?: JsonObject; items?: Json };
  if (typeof data === 'string') return format === 'user' ? [{ pointer, user: data }] : [];
  if (Array.isArray(data)) {
    return isObject(items) ? data.flatMap((item, index) => usersNamedIn(items, item, `${pointer}/${index}`)) : [];
  }
  if (typeof data !== 'object' || !isObject(properties)) return [];
  return Object.entries(data).flatMap(([name, value]) => {
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return isObject(field) ? usersNamedIn(field, value, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`) : [];
  });
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is said of the fields that name nobody who is known: who it says, and whose name is nearest. */
export function unknownUsers(named: readonly NamedUser[], known: ReadonlySet<string>, locale: Locale): FieldError[] {
  return named.flatMap(({ pointer, user }) => {
    if (known.has(user)) return [];
    const nearest = suggestion(user, known);
    const name = JSON.stringify(user.slice(0, 100));
    const message =
      locale === 'zh'
        ? `${name} 不是本店的用户${nearest === undefined ? '' : `；${nearest.replace(/^did you mean (.*)\?$/u, '是否应为 $1？')}`}`
        : `${name} is no user of this dealership${nearest === undefined ? '' : `; ${nearest}`}`;
    return [{ pointer, code: 'unknown-user', message }];
  });
}
