import { createHmac } from 'node:crypto';
import { sampleOfSchema } from '../../engine/analyse/samples';
import type { Json, JsonObject } from '../../engine/json';
import { checkFormData } from '../../engine/language/form-data';

/** Shorter texts would be found in words that have nothing to do with a person. */
const SHORTEST_TEXT = 2;
/** How often another pseudonym is tried that fits the schema. */
const ATTEMPTS = 24;
const SURNAMES = [...'赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨'];
const GIVEN = [...'甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳'];
const YEAR_DAYS = 365;

/**
 * Stands in for personal data: the same value always gets the same pseudonym, of its type, form and length as far as its schema wants them. With
 * another key the pseudonyms are others; who does not have the key cannot try values out.
 */
export class Pseudonyms {
  readonly #texts = new Map<string, string>();

  constructor(private readonly key: string) {}

  /** How many texts have got a pseudonym. */
  get size(): number {
    return this.#texts.size;
  }

  /** The data with pseudonyms in all places that their schema marks as personal. */
  maskData(schema: Json | undefined, data: Json): Json {
    if (schema === null || typeof schema !== 'object' || Array.isArray(schema) || data === null) return data;
    if (schema['personal'] === true) return this.#maskAll(schema, data);
    if (Array.isArray(data)) return data.map((item) => this.maskData(schema['items'], item));
    if (typeof data !== 'object') return data;
    const properties = (schema['properties'] ?? {}) as JsonObject;
    return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, this.maskData(properties[name], value)]));
  }

  /** The same with pseudonyms wherever a text that has got one stands, whole or within another. */
  maskTexts(value: Json): Json {
    if (typeof value === 'string') return this.#inText(value);
    if (Array.isArray(value)) return value.map((item) => this.maskTexts(item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.maskTexts(inner)]));
  }

  /** Puts a text in the place of another everywhere from now on. */
  put(text: string, pseudonym: string): void {
    this.#texts.set(text, pseudonym);
  }

  /** Everything below a personal field is personal. */
  #maskAll(schema: JsonObject, data: Json): Json {
    if (Array.isArray(data)) return data.map((item) => this.#maskAll((schema['items'] ?? {}) as JsonObject, item));
    if (data !== null && typeof data === 'object') {
      const properties = (schema['properties'] ?? {}) as JsonObject;
      return Object.fromEntries(
        Object.entries(data).map(([name, value]) => [name, this.#maskAll((properties[name] ?? {}) as JsonObject, value)]),
      );
    }
    if (typeof data === 'string') return this.#text(schema, data);
    return typeof data === 'number' ? this.#number(schema, data) : data;
  }

  #text(schema: JsonObject, value: string): string {
    const options = schema['const'] === undefined ? schema['enum'] : [schema['const']];
    if (Array.isArray(options)) return String(options[this.#hash(value, 0) % options.length] ?? value);
    // who works with the case is named elsewhere as well
    if (schema['format'] === 'user') return value;
    const known = this.#texts.get(value);
    if (known !== undefined && fits(schema, known)) return known;
    const pseudonym = this.#newText(schema, value);
    if (value.length >= SHORTEST_TEXT) this.#texts.set(value, pseudonym);
    return pseudonym;
  }

  #newText(schema: JsonObject, value: string): string {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const pseudonym = this.#ofFormat(schema, value, attempt);
      if (pseudonym !== value && fits(schema, pseudonym)) return pseudonym;
    }
    return String(sampleOfSchema(schema));
  }

  #ofFormat(schema: JsonObject, value: string, attempt: number): string {
    const hash = this.#hex(value, attempt);
    switch (schema['format']) {
      case 'email':
        return `person-${hash.slice(0, 8)}@example.org`;
      case 'uri':
        return `https://example.org/${hash.slice(0, 12)}`;
      case 'uuid':
        return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
      case 'date':
      case 'date-time':
        return value.replace(/^(\d{4})-\d{2}-\d{2}/u, (_, year: string) => this.#dayOf(Number(year), value, attempt));
      default:
        return this.#ofShape(value, attempt);
    }
  }

  /** A day of the same year: ages stay about right. */
  #dayOf(year: number, value: string, attempt: number): string {
    return new Date(Date.UTC(year, 0, 1 + (this.#hash(value, attempt) % YEAR_DAYS))).toISOString().slice(0, 10);
  }

  /** Letters for letters and digits for digits; more of the beginning stays the more often that did not fit. */
  #ofShape(value: string, attempt: number): string {
    const characters = [...value];
    const kept = Math.min(Math.floor(attempt / 4), Math.floor(characters.length / 2));
    return characters
      .map((character, index) => {
        if (index < kept) return character;
        const chance = this.#hash(`${value} ${index}`, attempt);
        if (/\p{Script=Han}/u.test(character)) return String((index === 0 ? SURNAMES : GIVEN)[chance % GIVEN.length]);
        if (/[0-9]/u.test(character)) return String(chance % 10);
        if (attempt % 4 === 3) return character;
        if (/[a-z]/u.test(character)) return String.fromCharCode(97 + (chance % 26));
        return /[A-Z]/u.test(character) ? String.fromCharCode(65 + (chance % 26)) : character;
      })
      .join('');
  }

  #number(schema: JsonObject, value: number): number {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const digits = String(Math.abs(value)).replaceAll(/[0-9]/gu, (digit, index: number) => {
        const chance = this.#hash(`${value} ${index}`, attempt);
        return index === 0 && digit !== '0' ? String(1 + (chance % 9)) : String(chance % 10);
      });
      const pseudonym = Math.sign(value) * Number(digits);
      if (pseudonym !== value && fits(schema, pseudonym)) return pseudonym;
    }
    return Number(sampleOfSchema(schema));
  }

  #inText(text: string): string {
    const whole = this.#texts.get(text);
    if (whole !== undefined) return whole;
    const longestFirst = [...this.#texts.keys()].sort((a, b) => b.length - a.length);
    const part = longestFirst.find((known) => text.includes(known));
    if (part === undefined) return text;
    return text
      .split(part)
      .map((rest) => this.#inText(rest))
      .join(this.#texts.get(part));
  }

  #hex(value: string, attempt: number): string {
    return createHmac('sha256', this.key).update(`${attempt} ${value}`).digest('hex');
  }

  #hash(value: string, attempt: number): number {
    return Number.parseInt(this.#hex(value, attempt).slice(0, 8), 16);
  }
}

function fits(schema: JsonObject, value: Json): boolean {
  return checkFormData({ type: 'object', properties: { value: schema } }, { value }, 'en').length === 0;
}
