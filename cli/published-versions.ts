import type { SourceFile } from '../engine/compile/deployment';
import { findInstance } from '../server/platform/instance';
import type { Settings } from '../server/platform/settings';
import { WrongUse } from './definition-roots';
import type { Published } from './diff-command';

interface Deployment {
  deploymentId: string;
  fromFolder: boolean;
  processes: { processDefinitionId: string; version: number }[];
}

interface Document {
  kind: string;
  id: string;
  path: string;
  text: string | null;
}

/** Reads the sources of published versions from a server: of `order-to-delivery@2` all documents that it was compiled from. */
export function publishedVersions(
  settings: Settings,
  { url, user }: { url?: string; user?: string },
  password: string | undefined,
): Published {
  const server = new Server(url ?? findInstance(settings.NEIQIN_DATA)?.url ?? `http://127.0.0.1:${settings.PORT}`);
  return async (named) => {
    const [, process, version] = /^([^@\s]+)@(\d+)$/u.exec(named) ?? [];
    if (process === undefined) throw new WrongUse(`"${named}" is no published version: write order-to-delivery@1`);
    if (user === undefined) throw new WrongUse('name an administrator: --user admin@tianhe');
    if (password === undefined) throw new WrongUse('there is no password: set NEIQIN_PASSWORD');
    const dealership = await server.logIn(user, password);
    return { files: await server.sourcesOf(process, Number(version)), process, dealership };
  };
}

class Server {
  #dealership: string | undefined;
  #token = '';
  /** All deployments, the first one first. */
  #deployments: Deployment[] | undefined;

  constructor(private readonly url: string) {}

  async logIn(username: string, password: string): Promise<string> {
    if (this.#dealership !== undefined) return this.#dealership;
    const answer = await this.#ask<{ token?: string; user?: { dealership: string } }>('/v1/sessions', { username, password });
    if (answer.token === undefined || answer.user === undefined) throw new WrongUse(`${username} cannot log in at ${this.url}`);
    this.#token = answer.token;
    this.#dealership = answer.user.dealership;
    return this.#dealership;
  }

  /** Documents as they counted when a version was published: what people had published before what the folder said. */
  async sourcesOf(process: string, version: number): Promise<SourceFile[]> {
    const deployments = await this.#all();
    const at = deployments.findIndex(({ processes }) =>
      processes.some((one) => one.processDefinitionId === process && one.version === version),
    );
    if (at < 0) throw new WrongUse(`no deployment has ${process} in version ${version}`);
    const people = new Map<string, Document>();
    const folder = new Map<string, Document>();
    for (const { deploymentId, fromFolder } of deployments.slice(0, at + 1)) {
      const { documents } = await this.#ask<{ documents: Document[] }>(`/v1/deployments/${deploymentId}`);
      for (const document of documents) (fromFolder ? folder : people).set(`${document.kind}:${document.id}`, document);
    }
    const counted = [...new Map([...folder, ...people]).values()];
    return counted.flatMap(({ kind, id, text }) => (text === null ? [] : [{ path: `${kind}/${id}.yaml`, text }]));
  }

  async #all(): Promise<Deployment[]> {
    if (this.#deployments !== undefined) return this.#deployments;
    const found: Deployment[] = [];
    for (let query = ''; ; ) {
      const { items, page } = await this.#ask<{ items: Deployment[]; page: { endCursor: string | null; hasMore: boolean } }>(
        `/v1/deployments${query}`,
      );
      found.push(...items);
      if (!page.hasMore || page.endCursor === null) break;
      query = `?after=${encodeURIComponent(page.endCursor)}`;
    }
    this.#deployments = found.reverse();
    return this.#deployments;
  }

  async #ask<T>(route: string, body?: object): Promise<T> {
    const headers: Record<string, string> = { 'content-type': 'application/json', 'accept-language': 'en' };
    if (this.#token !== '') headers['authorization'] = `Bearer ${this.#token}`;
    let answer: Response;
    try {
      const request = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
      answer = await fetch(new URL(route, this.url), request);
    } catch (error) {
      throw new WrongUse(`no server of neiqin answers at ${this.url}: ${(error as Error).message}`);
    }
    const told = (await answer.json()) as T & { detail?: string };
    if (!answer.ok) throw new WrongUse(`${this.url} refuses ${route}: ${told.detail ?? answer.status}`);
    return told;
  }
}
