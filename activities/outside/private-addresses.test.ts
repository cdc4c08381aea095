import { isLoopbackAddress, isPrivateAddress, liesWithin } from './private-addresses';

describe('addresses', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.9.9.9',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:c0a8:0101',
    '::127.0.0.1',
    '64:ff9b::a00:1',
    '2002:7f00:1::',
    'not an address',
    '',
  ])('[L26.1] %s is private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each([
    '1.1.1.1',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '223.5.5.5',
    '2400:3200::1',
    '::ffff:1.1.1.1',
  ])('[L26.1] %s is public', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });

  it('[L26.1] of this machine are told from others', () => {
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.1.1'].map(isLoopbackAddress)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('[L26.1] lie within a network', () => {
    const networks = ['10.1.0.0/16', 'fd00:1::/32', '192.168.7.7'];
    expect(
      ['10.1.9.9', '10.2.0.1', 'fd00:1::5', 'fd00:2::5', '192.168.7.7', '192.168.7.8', '::ffff:10.1.0.1'].map((one) =>
        liesWithin(one, networks),
      ),
    ).toEqual([true, false, true, false, true, false, true]);
    expect(liesWithin('10.1.0.1', [])).toBe(false);
  });
});
