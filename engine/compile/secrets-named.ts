import type { Json } from '../json';

/** JSON pointers to the parts of an input that name a secret as the document itself has it: a map whose "secret" is a text, and no expression. */
export function secretsNamed(value: Json, at = ''): string[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => secretsNamed(item, `${at}/${index}`));
  const { secret } = value;
  const others = Object.keys(value).filter((key) => !['secret', 'prefix', 'suffix'].includes(key));
  if (typeof secret === 'string' && !secret.startsWith('=') && others.length === 0) return [at];
  return Object.entries(value).flatMap(([key, member]) => secretsNamed(member, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
}
