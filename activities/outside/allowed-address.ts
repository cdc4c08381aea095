import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { findAllowedHosts } from '../../db/connections';
import { type HostOfUrl, hostRefused, isLoopbackName } from '../../engine/connectors/allowed-hosts';
import { type Attempt, bpmnError } from '../connector';
import type { NetworkRules } from '../surroundings';
import { isLoopbackAddress, isPrivateAddress, liesWithin } from './private-addresses';

/** Code of the BPMN error of an address that a dealership may not ask. */
const NOT_ALLOWED = 'http.not-allowed';
/** Code of what a look-up is refused with. */
const PRIVATE = 'EPRIVATE';

/**
 * Refuses an address whose host is not on the dealership's list, and one that is private as it stands. On a demo server a dealership without a list
 * may ask this machine.
 */
export async function assertAllowed(url: URL, { db, dealership, surroundings }: Attempt): Promise<void> {
  const { network } = surroundings;
  const hosts = await db.tenant(dealership, (trx) => findAllowedHosts(trx, dealership));
  const place = hostOf(url);
  const list = hosts ?? (network.demo && isLoopbackName(place.host) ? [place.host] : []);
  const refused = hostRefused(list, place, network.demo);
  if (refused === 'not-listed') {
    throw notAllowed(`"${dealership}" may not connect to "${place.host}:${place.port}"; add "${place.host}" under "connections: hosts"`);
  }
  const literal = place.host.replace(/^\[|\]$/gu, '');
  if (isIP(literal) !== 0 && !mayConnect(literal, network)) throw privateAddress(place.host, literal);
  if (refused === 'not-secure') {
    throw notAllowed(`${url.origin} is asked without TLS; write "https://", or "http://${place.host}" under "connections"`);
  }
}

function hostOf(url: URL): HostOfUrl {
  const secure = url.protocol === 'https:';
  const host = url.hostname.toLowerCase().replace(/\.$/u, '');
  return { secure, host, port: url.port === '' ? (secure ? 443 : 80) : Number(url.port) };
}

/**
 * Looks a host up and gives its addresses only where all of them may be connected to. The connection goes to what is given here, so that a name
 * cannot lead elsewhere between the check and the connection.
 */
export function checkedLookup(network: NetworkRules): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 4);
      const refused = addresses.find(({ address }) => !mayConnect(address, network));
      if (refused !== undefined) return callback(lookupRefused(hostname, refused), '', 4);
      const [first] = addresses;
      if (options.all === true || first === undefined) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

function mayConnect(address: string, { demo, openNetworks }: NetworkRules): boolean {
  return !isPrivateAddress(address) || (demo && isLoopbackAddress(address)) || liesWithin(address, openNetworks);
}

function lookupRefused(hostname: string, { address }: LookupAddress): NodeJS.ErrnoException {
  return Object.assign(new Error(privateMessage(hostname, address)), { code: PRIVATE });
}

/** The BPMN error of a look-up that was refused; undefined for any other failure. */
export function refusalOf(error: unknown): Error | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === PRIVATE ? notAllowed(message) : undefined;
}

function privateAddress(host: string, address: string): Error {
  return notAllowed(privateMessage(host, address));
}

function privateMessage(host: string, address: string): string {
  const is = host.replace(/^\[|\]$/gu, '') === address ? 'is' : `leads to "${address}",`;
  return `"${host}" ${is} a private address; name a public one, or have NEIQIN_OPEN_NETWORKS open its network`;
}

function notAllowed(message: string): Error {
  return bpmnError(NOT_ALLOWED, message);
}
