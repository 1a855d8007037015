// The public library surface: run a peer, talk to one, and read its records.
export { createClient } from './api/client.ts';
export { type Config, parseConfig, type Settings } from './config.ts';
export { type ErrorCode, TallyError } from './lib/errors.ts';
export { initPeer, type Offline, openOffline, openPeer, type Peer } from './peer.ts';
export { openRecord, parseRecord, type SignedRecord, verifyRecord } from './records/envelope.ts';
export type { RecordKind } from './records/kinds.ts';
