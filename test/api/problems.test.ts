import { readFileSync } from 'node:fs';
import path from 'node:path';
import request from 'supertest';
import type { RefusalCode } from '../../engine/runtime/events';
import { createApp } from '../../server/app';
import en from '../../server/messages/en.json';
import zh from '../../server/messages/zh.json';
import { problemCodeOf } from '../../server/problem';
import { createTestApi, type TestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi({ loginAttempts: 3 });
});
afterAll(() => api.drop());

describe('problem documents', () => {
  it('have the form of RFC 9457, in Chinese by default', async () => {
    const answer = await request(api.app).get('/v1/me').set('x-request-id', 'trace-1');
    expect(answer.get('Content-Type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.get('Content-Language')).toBe('zh');
    expect(answer.get('x-request-id')).toBe('trace-1');
    expect(answer.body).toEqual({
      type: 'urn:neiqin:problem:unauthenticated',
      title: '未登录',
      status: 401,
      detail: zh.unauthenticated.detail,
      instance: '/v1/me',
      code: 'unauthenticated',
      traceId: 'trace-1',
    });
  });

  it.each([
    ['en', 'en'],
    ['en-US,en;q=0.9', 'en'],
    ['zh-CN', 'zh'],
    ['fr', 'zh'],
    ['*', 'zh'],
  ])('speak the language that is asked for: %s', async (asked, spoken) => {
    const answer = await request(api.app).get('/v1/me').set('Accept-Language', asked);
    expect(answer.get('Content-Language')).toBe(spoken);
    expect(answer.body.title).toBe((spoken === 'en' ? en : zh).unauthenticated.title);
  });

  it('have texts in both languages with the same places to fill', () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en));
    const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
    for (const code of Object.keys(en) as (keyof typeof en)[]) {
      expect(places(zh[code].title + zh[code].detail)).toEqual(places(en[code].title + en[code].detail));
    }
  });

  it('have texts for every refusal of the engine', () => {
    const source = readFileSync(path.join(__dirname, '../../engine/runtime/events.ts'), 'utf8');
    const union = /export type RefusalCode =([^;]+);/.exec(source)![1]!;
    const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code as RefusalCode);
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.map(problemCodeOf).filter((code) => en[code] === undefined)).toEqual([]);
  });

  it('tell form errors in the language of the request', async () => {
    const { review } = await api.order('P-1');
    const clerk = await api.as('clerk@tianhe');
    const body = { outcome: 'approve', variables: { remark: 'far too long a remark' } };
    const path = `/v1/user-tasks/${review}/completion`;
    const english = await clerk.post(path, body);
    expect(english.body.errors).toEqual([
      { pointer: '/creditChecked', code: 'required', detail: 'must have required property creditChecked' },
      { pointer: '/remark', code: 'max-length', detail: 'must NOT be longer than 10 characters' },
    ]);
    const chinese = await clerk.post(path, body).set('Accept-Language', 'zh-CN');
    expect(chinese.body.errors[0].detail).toBe('应当有必需属性 creditChecked');
    expect(chinese.body.title).toBe('表单数据有误');
  });
});

describe('limits', () => {
  const deep = (levels: number) => `{"name":"a","correlationKey":"b","variables":{"x":${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}}}`;
  const post = async (body: string, type = 'application/json') => {
    const answer = await (await api.as('clerk@tianhe')).post('/v1/messages/publication').set('Content-Type', type).send(body);
    return [answer.status, answer.body.code];
  };

  it('bound the size and the depth of a body and what its texts hold', async () => {
    expect(await post(deep(32))).toEqual([200, undefined]);
    expect(await post(deep(33))).toEqual([400, 'body-too-deep']);
    expect(await post(`{"x":"${'a'.repeat(110_000)}"}`)).toEqual([413, 'body-too-large']);
    expect(await post('{"name":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\"[","correlationKey":"b"}')).toEqual([200, undefined]);
    expect(await post('{"name":"a\\u0000","correlationKey":"b"}')).toEqual([400, 'text-not-storable']);
    expect(await post('{"name":"a","correlationKey":"b","variables":{"x":"\\ud800"}}')).toEqual([400, 'text-not-storable']);
    expect(await post('{"name":"a","correlationKey":"b","variables":{"__proto__":{"a":1}}}')).toEqual([400, 'text-not-storable']);
    expect(await post('{"name":')).toEqual([400, 'invalid-json']);
    expect(await post('name=a', 'application/x-www-form-urlencoded')).toEqual([415, 'media-type-unsupported']);
  });

  it('are told by the contract, with a pointer', async () => {
    const clerk = await api.as('clerk@tianhe');
    const wrong = await clerk.post('/v1/messages/publication', { name: 'a', colour: 1 });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'invalid-request']);
    expect(wrong.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(['/colour', '/correlationKey']);
    for (const query of ['limit=0', 'limit=501', 'limit=x', 'assignee=you', 'colour=red', 'after=']) {
      const answer = await clerk.get(`/v1/user-tasks?${query}`);
      expect([query, answer.status, answer.body.code]).toEqual([query, 400, 'invalid-request']);
    }
    expect((await clerk.get('/v1/nothing')).body.code).toBe('not-found');
    expect((await clerk.get('/v1/user-tasks/%E0%A4%A')).status).toBe(400);
    const method = await clerk.delete('/v1/user-tasks');
    expect([method.status, method.body.code]).toEqual([405, 'method-not-allowed']);
  });

  it('bound the attempts to log in, for one name and address', async () => {
    const attempt = (username: string, password: string) => request(api.app).post('/v1/sessions').send({ username, password });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await attempt('finance@tianhe', 'wrong')).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    const blocked = await attempt('finance@tianhe', 'neiqin');
    expect([blocked.status, blocked.body.code]).toEqual([429, 'too-many-attempts']);
    expect(Number(blocked.get('Retry-After'))).toBeGreaterThan(0);
    expect((await attempt('admin@tianhe', 'neiqin')).status).toBe(201);
    expect((await attempt('nobody', 'neiqin')).body.code).toBe('login-failed');
  });
});

describe('sessions', () => {
  it('are random tokens that end, of which only the hash is stored', async () => {
    const answer = await request(api.app).post('/v1/sessions').send({ username: 'clerk@tianhe', password: 'neiqin' });
    expect(answer.body.user).toEqual({ username: 'clerk@tianhe', dealership: 'tianhe', roles: ['clerk'] });
    expect(Buffer.from(answer.body.token, 'base64url')).toHaveLength(32);
    expect(new Date(answer.body.expiresAt).getTime() - Date.now()).toBeGreaterThan(11.9 * 3_600_000);
    const stored = await api.system<{ token_hash: Buffer }>('select token_hash from session');
    expect(stored.every(({ token_hash }) => token_hash.length === 32 && token_hash.toString('base64url') !== answer.body.token)).toBe(true);
    const me = (app = api.app) => request(app).get('/v1/me').set('Authorization', `Bearer ${answer.body.token}`);
    expect((await me()).body).toEqual(answer.body.user);
    const later = jest.spyOn(api.parts, 'clock').mockReturnValue(Date.now() + 12 * 3_600_000 + 1000);
    expect((await me(createApp(api.parts))).status).toBe(401);
    later.mockRestore();
  });
});

describe('health', () => {
  it('says whether the parts answer', async () => {
    expect((await request(api.app).get('/healthz')).body).toEqual({ status: 'ok' });
    expect((await request(api.app).get('/readyz')).body).toEqual({ status: 'ok', database: 'up', temporal: 'up' });
    api.gateway.up = false;
    const answer = await request(api.app).get('/readyz');
    expect([answer.status, answer.body]).toEqual([503, { status: 'unavailable', database: 'up', temporal: 'down' }]);
    api.gateway.up = true;
  });

  it('serves the contract', async () => {
    const answer = await request(api.app).get('/v1/openapi.json');
    expect(answer.body.openapi).toBe('3.1.0');
    expect(answer.get('Content-Type')).toMatch('application/json');
  });
});
