import { isStorable } from '../../db/json-text';
import type { Json, JsonObject } from '../../engine/json';
import type { CompiledRegister } from '../../engine/register/register';
import { ApiError } from '../problem';

/**
 * The columns of a key that stands in an address: the value itself, or of several columns the JSON list of them, as answers give it under `key`.
 *
 * @throws ApiError `not-found` where no row can have that key
 */
export function keyFromText(register: CompiledRegister, text: string): JsonObject {
  const values = register.key.length === 1 ? [text] : listOf(text);
  if (values.length !== register.key.length || !isStorable(values)) throw new ApiError('not-found');
  return Object.fromEntries(register.key.map((name, index) => [name, partOf(register, name, values[index] ?? null)]));
}

function listOf(text: string): Json[] {
  try {
    const value = JSON.parse(text) as Json;
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function partOf(register: CompiledRegister, name: string, value: Json): Json {
  const kind = register.columns.find((column) => column.name === name)?.type.kind;
  if (typeof value !== 'string') {
    if (typeof value === (kind ?? '')) return value;
    throw new ApiError('not-found');
  }
  if (kind === 'number' && /^-?\d{1,20}(\.\d{1,20})?$/u.test(value)) return Number(value);
  if (kind === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  if (kind === 'number' || kind === 'boolean') throw new ApiError('not-found');
  return value;
}
