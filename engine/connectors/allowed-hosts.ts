/** Where an address leads to, as far as a list of hosts speaks of it. */
export interface HostOfUrl {
  /** Without "http://": asked over TLS. */
  secure: boolean;
  /** In lower case; an IPv6 address in brackets. */
  host: string;
  port: number;
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/** Where a literal address leads to; undefined where its host cannot be told, for example because it is computed. */
export function hostOfUrl(url: string): HostOfUrl | undefined {
  const match = /^(https?):\/\/(?:[^/?#@\\]*@)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?(?=[/?#]|$)/iu.exec(url);
  if (match === null) return undefined;
  const [, scheme = '', host = '', port] = match;
  const known = scheme.toLowerCase() as keyof typeof DEFAULT_PORTS;
  return { secure: known === 'https', host: host.toLowerCase(), port: port === undefined ? DEFAULT_PORTS[known] : Number(port) };
}

/**
 * Why a dealership's list of hosts does not let an address be asked; undefined where it does. An entry is a host, or `*.` and what it ends with, with a
 * port where only that one is meant, and with "http://" before it where it may be asked without TLS.
 */
export function hostRefused(hosts: readonly string[], url: HostOfUrl, plainHttp: boolean): 'not-listed' | 'not-secure' | undefined {
  const fitting = hosts.map(entryOf).filter((entry) => fits(entry, url));
  if (fitting.length === 0) return 'not-listed';
  return url.secure || plainHttp || fitting.some((entry) => entry.plain) ? undefined : 'not-secure';
}

interface Entry {
  plain: boolean;
  host: string;
  port: number | undefined;
}

function entryOf(text: string): Entry {
  const [, plain, host = '', port] = /^(http:\/\/)?(.*?)(?::([0-9]{1,5}))?$/u.exec(text.toLowerCase()) ?? [];
  return { plain: plain !== undefined, host, port: port === undefined ? undefined : Number(port) };
}

function fits({ host, port }: Entry, url: HostOfUrl): boolean {
  if (port !== undefined && port !== url.port) return false;
  return host.startsWith('*.') ? url.host.endsWith(host.slice(1)) && url.host.length > host.length - 1 : host === url.host;
}

/** Whether a host is this machine by its name. */
export function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.[0-9]{1,3}){3}$/u.test(host);
}
