// Settings that cannot work are refused before anything starts, each with its path and a reason that names what would.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { addressFault } from '../../src/overlay/terms/address-rules.ts';
import { createIdentity } from '../../src/records/identity.ts';

const { peer } = createIdentity(Buffer.alloc(32, 7));
const there = `/ip4/192.0.2.7/tcp/4801/p2p/${peer}`;

/** The path that is complained of, or the configuration. */
function settingOf(settings: unknown): unknown {
  try {
    return parseConfig(settings);
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.details.reason).toMatch(/\w/);
    return error.details.setting;
  }
}

describe('a setting that cannot work is refused, and named', () => {
  it.each([
    ['/listen/0', { listen: ['127.0.0.1:4850'] }],
    ['/listen/1', { listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1'] }],
    ['/listen/0', { listen: ['/ip4/127.0.0.1/udp/4801/quic-v1'] }],
    ['/listen/0', { listen: ['/ip4/127.0.0.1/tcp/4801/ws'] }],
    ['/listen/0', { listen: ['/ip4/1.2.3.400/tcp/4801'] }],
    ['/listen/0', { listen: ['/ip4/127.0.0.1/tcp/70000'] }],
    ['/listen/0', { listen: ['/dnsaddr/example.org/tcp/4801'] }],
    ['/listen/0', { listen: [''] }],
    ['/bootstrap/0', { bootstrap: ['/ip4/192.0.2.7/tcp/4801/p2p/null'] }],
    ['/bootstrap/0', { bootstrap: ['/ip4/192.0.2.7/tcp/4801/p2p/12D3Koo…'] }],
    ['/bootstrap/0', { bootstrap: [there.slice(0, -1)] }],
    ['/bootstrap/0', { bootstrap: ['/ip4/192.0.2.7/tcp/4801'] }],
    [
      '/bootstrap/0',
      { bootstrap: ['/ip4/192.0.2.7/tcp/4801/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'] },
    ],
    ['/bootstrap/0', { bootstrap: [`/ip4/192.0.2.7/tcp/0/p2p/${peer}`] }],
    ['/bootstrap/0', { bootstrap: [`/dns4/a host/tcp/1/p2p/${peer}`] }],
    ['/bootstrap/0', { bootstrap: [`${there}/p2p-circuit`] }],
    ['/bootstrap/0', { bootstrap: [`/dns4/${'a'.repeat(300)}/tcp/1/p2p/${peer}`] }],
    ['/announce/0', { announce: ['example.org:4801'] }],
    ['/announce/0', { announce: ['/ip4/0.0.0.0/tcp/4801'] }],
    ['/announce/0', { announce: ['/ip4/192.0.2.7/tcp/0'] }],
    ['/invite', { invite: 'tally1nonsense' }],
    ['/api/host', { api: { host: '999.1.1.1' } }],
    ['/api/host', { api: { host: 'http://localhost' } }],
    ['/api/host', { api: { host: '' } }],
    ['/api/port', { api: { port: 4_800.5 } }],
    ['/api/allowedHosts/0', { api: { allowedHosts: ['https://tally.example'] } }],
    ['/api/allowedHosts/0', { api: { allowedHosts: ['tally.example:http'] } }],
    ['/api/allowedHosts/0', { api: { allowedHosts: ['[::zz]:4800'] } }],
    ['/engine/host', { engine: { host: '/var/run/docker.sock' } }],
    ['/engine/host', { engine: { host: 'ssh://me@example.org' } }],
    ['/engine/host', { engine: { host: 'unix://' } }],
    ['/engine/networkPool', { engine: { networkPool: '10.0.0.0' } }],
    ['/engine/networkPool', { engine: { networkPool: '10.0.0.0/' } }],
    ['/engine/networkPool', { engine: { networkPool: '10.0.0.0/30' } }],
    ['/engine/networkPool', { engine: { networkPool: '127.0.0.0/8' } }],
    ['/engine/networkPool', { engine: { networkPool: '240.0.0.0/8' } }],
    ['/network', { network: '' }],
    ['/lease/maxEpochMs', { lease: { firstEpochMs: 9_000, maxEpochMs: 2_000 } }],
    ['/lease/maxAwayMs', { lease: { maxAwayMs: -1 } }],
    ['/credit/newcomerShare', { credit: { newcomerShare: 1.5 } }],
    ['/ledger/keepDays', { ledger: { keepDays: 0 } }],
  ])('%s of %j', (setting, settings) => {
    expect(settingOf(settings)).toBe(setting);
  });
});

describe('a setting that can work is taken as it is', () => {
  it.each([
    { listen: ['/ip4/0.0.0.0/tcp/4801', '/ip6/::/tcp/4801', '/dns4/localhost/tcp/0'] },
    { listen: [] },
    { bootstrap: [there, `/dns6/peer.example/tcp/1/p2p/${peer}`, `/dnsaddr/peer.example/p2p/${peer}`] },
    { announce: ['/dns4/home.example/tcp/4801', there, '/ip6/2001:db8::7/tcp/1'] },
    { api: { host: '::1' } },
    { api: { host: 'localhost', allowedHosts: ['tally.example', 'tally.example:4800', '[::1]:4800'] } },
    { engine: { host: 'unix:///run/user/1000/docker.sock' } },
    { engine: { host: 'tcp://192.0.2.7:2375', networkPool: '172.30.0.0/20' } },
    { engine: { host: '192.0.2.7:2375' } },
  ])('%j', (settings) => {
    expect(parseConfig(settings)).toMatchObject(settings);
  });
});

describe('an address', () => {
  it('that is refused says what would do', () => {
    expect(addressFault('127.0.0.1:4850', 'listen')).toMatch(/\/ip4\/192\.0\.2\.7\/tcp\/4801/);
  });
});
