import { hostOfUrl, hostRefused, isLoopbackName } from '../connectors/allowed-hosts';
import type { Json } from '../json';
import type { Complaint } from '../language/finding';
import type { Path, SourceDocument } from '../language/source-document';
import { quoted } from '../language/suggestion';
import type { Catalogue } from './compile-dealership';
import type { CompiledDealership } from './deployment';
import type { Report } from './report';
import { listOf, mapOf } from './step-document';

/** The hosts that a dealership's document lets its connectors connect to; undefined where it says nothing of connections. */
export function hostsOf({ value }: SourceDocument): string[] | undefined {
  return value['connections'] === undefined ? undefined : listOf(mapOf(value['connections'])['hosts']).map(String);
}

/** Warns of addresses in the settings of a dealership that its own connectors may not connect to. */
export function checkSettingsAddresses(report: Report): void {
  const hosts = hostsOf(report.document);
  const look = (value: Json, path: Path): void => {
    if (typeof value === 'string') {
      const host = refusedHost(value, hosts);
      if (host !== undefined) report.at(path, complaintOf('this dealership', host));
    } else if (Array.isArray(value)) value.forEach((item, index) => void look(item, [...path, index]));
    else if (value !== null && typeof value === 'object') {
      for (const [key, member] of Object.entries(value)) look(member, [...path, key]);
    }
  };
  look(mapOf(report.document.value['settings']), ['settings']);
}

/** Warns of addresses that stand in processes and that dealerships which run them may not connect to. */
export function checkAddresses(
  catalogue: Catalogue,
  dealerships: readonly CompiledDealership[],
  reportOf: (process: string) => Report,
): void {
  for (const [id, { uses }] of catalogue.processes) {
    const running = dealerships.filter(({ processes }) => Object.hasOwn(processes, id));
    for (const { url, path } of uses.addresses) {
      const refusing = running.filter(({ connections }) => refusedHost(url, connections?.hosts) !== undefined);
      const host = hostOfUrl(url)?.host;
      if (refusing.length === 0 || host === undefined) continue;
      const who = refusing.length === 1 ? 'dealership' : 'dealerships';
      reportOf(id).at(path, complaintOf(`${who} ${refusing.map((one) => quoted(one.id)).join(', ')}`, host));
    }
  }
}

/** The host of an address that is on no list; undefined where it is, or where it cannot be told. Without any list this machine is left for demo servers. */
function refusedHost(text: string, hosts: readonly string[] | undefined): string | undefined {
  const url = hostOfUrl(text);
  if (url === undefined || (hosts === undefined && isLoopbackName(url.host))) return undefined;
  return hostRefused(hosts ?? [], url, true) === undefined ? undefined : url.host;
}

function complaintOf(who: string, host: string): Complaint {
  const message = `${who} may not connect to ${quoted(host)}`;
  return { rule: 'host-not-allowed', severity: 'warning', message, remedy: `add ${quoted(host)} to "hosts" under "connections"` };
}
