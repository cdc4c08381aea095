import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../../engine/json';
import { WrongUse } from '../definition-roots';

/** An answer of the API: the body of a success, or the problem document. */
export interface ApiAnswer {
  status: number;
  body: JsonObject;
}

/** A request as one person sends it. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: JsonObject;
  /** What makes a repetition the same command; new each time by default. */
  key?: string;
}

/** Thrown where a server gives no answer, or a case does not come to rest, within the time that is allowed. */
export class Unanswered extends Error {}

/** Log-ins and requests that are tried again where the server has no time or its answer was lost. */
const PAUSE_MS = 300;

/** A server of neiqin, asked by several people. Requests end in time; those whose outcome is unknown are repeated with the same key. */
export class ApiClient {
  readonly #tokens = new Map<string, Promise<string | undefined>>();

  /**
   * @param timeoutMs how long one request may take with all its repetitions
   * @param tokens sessions that people have already
   */
  constructor(
    readonly url: string,
    private readonly password: string,
    readonly timeoutMs: number,
    tokens: ReadonlyMap<string, string> = new Map(),
  ) {
    for (const [user, token] of tokens) this.#tokens.set(user, Promise.resolve(token));
  }

  /** Whether a person can log in. */
  async knows(user: string): Promise<boolean> {
    return (await this.#tokenOf(user)) !== undefined;
  }

  async ask(user: string, request: ApiRequest): Promise<ApiAnswer> {
    const token = await this.#tokenOf(user);
    if (token === undefined) throw new WrongUse(`"${user}" cannot log in at ${this.url}: create the account, or set NEIQIN_PASSWORD`);
    return this.#send({ key: randomUUID(), ...request }, token);
  }

  #tokenOf(user: string): Promise<string | undefined> {
    const known = this.#tokens.get(user) ?? this.#logIn(user);
    this.#tokens.set(user, known);
    return known;
  }

  async #logIn(username: string): Promise<string | undefined> {
    const { status, body } = await this.#send({ method: 'POST', path: '/v1/sessions', body: { username, password: this.password } });
    return status === 201 ? String(body['token']) : undefined;
  }

  async #send({ method, path, body, key }: ApiRequest, token?: string): Promise<ApiAnswer> {
    const headers: Record<string, string> = { 'accept-language': 'en' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    if (key !== undefined && method !== 'GET') headers['idempotency-key'] = key;
    const deadline = Date.now() + this.timeoutMs;
    for (;;) {
      const answer = await this.#once(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }, deadline);
      const again = answer.status === 503 || answer.body['code'] === 'too-many-attempts';
      if (!again || Date.now() + PAUSE_MS > deadline) return answer;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #once(path: string, init: RequestInit, deadline: number): Promise<ApiAnswer> {
    try {
      const signal = AbortSignal.timeout(Math.max(1, deadline - Date.now()));
      const answer = await fetch(new URL(path, this.url), { ...init, signal });
      const text = await answer.text();
      const body = text === '' ? {} : (JSON.parse(text) as Json);
      return { status: answer.status, body: body !== null && typeof body === 'object' && !Array.isArray(body) ? body : {} };
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') throw new Unanswered(`no answer to ${init.method} ${path}`);
      throw new WrongUse(`no server of neiqin answers at ${this.url}: ${(error as Error).message}`);
    }
  }
}
