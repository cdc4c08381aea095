import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Networks that are not the public internet, by whom they are for (IANA special-purpose registries, RFC 6890). */
const reserved: readonly [address: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];
const loopback: readonly [address: string, prefix: number][] = [
  ['127.0.0.0', 8],
  ['::1', 128],
];

const reservedList = listOf(reserved);
const loopbackList = listOf(loopback);

/** Whether an address is none of the public internet. One that stands for an IPv4 address within IPv6 is judged as that. */
export function isPrivateAddress(address: string): boolean {
  const plain = withoutMapping(address);
  const family = familyOf(plain);
  return family === undefined || reservedList.check(plain, family);
}

/** Whether an address is this machine. */
export function isLoopbackAddress(address: string): boolean {
  const plain = withoutMapping(address);
  const family = familyOf(plain);
  return family !== undefined && loopbackList.check(plain, family);
}

/** Whether an address lies in one of these networks, written as `10.1.0.0/16`. */
export function liesWithin(address: string, networks: readonly string[]): boolean {
  const plain = withoutMapping(address);
  const family = familyOf(plain);
  if (family === undefined || networks.length === 0) return false;
  return listOf(networks.map(networkOf)).check(plain, family);
}

/** A network as text, in its parts. */
function networkOf(text: string): [address: string, prefix: number] {
  const [address = '', prefix] = text.split('/');
  return [address, prefix === undefined ? (isIPv4(address) ? 32 : 128) : Number(prefix)];
}

function listOf(networks: readonly [address: string, prefix: number][]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, isIPv4(address) ? 'ipv4' : 'ipv6');
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (isIPv4(address)) return 'ipv4';
  return isIPv6(address) ? 'ipv6' : undefined;
}

/** An IPv4-mapped or IPv4-compatible address (`::ffff:10.0.0.1`, `::ffff:a00:1`) as the IPv4 address that it means; without a zone. */
function withoutMapping(address: string): string {
  const [plain = ''] = address.split('%');
  if (!isIPv6(plain)) return plain;
  const [, dotted, high, low] = /^(?:0{0,4}:){2,6}(?:ffff:)?(?:(\d+(?:\.\d+){3})|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/iu.exec(plain) ?? [];
  if (dotted !== undefined) return dotted;
  if (high === undefined || low === undefined) return plain;
  const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
