// The rooms joined to the overlay: which protocols each speaks, both ways, and what it hears of who is connected.
import type { Config } from './config.ts';
import type { Following } from './ledger/following/following.ts';
import { type OpenFollowingParts, openFollowing } from './ledger/following/open-following.ts';
import type { Ledger } from './ledger/ledger.ts';
import { Meeting } from './ledger/meeting.ts';
import { MISSING_RECORD, MISSING_TABLE, MissingRecords } from './ledger/missing-records.ts';
import { sideOf } from './ledger/pair-index.ts';
import { codeOf } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import { evidenceProtocol } from './overlay/protocols/evidence.ts';
import { convictionsProtocol, headersProtocol } from './overlay/protocols/headers.ts';
import { joinProtocol } from './overlay/protocols/join.ts';
import { pairReceiptsProtocol, pairSampleProtocol, pairsProtocol } from './overlay/protocols/pairs.ts';
import { knownProtocol } from './overlay/protocols/receipt.ts';
import { recordsProtocol } from './overlay/protocols/records.ts';
import { isAddress } from './overlay/terms/address-rules.ts';
import type { Overlay } from './overlay/terms/overlay.ts';
import { isKind } from './records/envelope.ts';
import { encodeForkProof } from './records/fork-proof.ts';
import {
  type OpenedInvitations,
  type OpenInvitationsParts,
  openInvitations,
} from './reputation/invitations/open-invitations.ts';
import { type OpenReputation, openReputation, type ReputationParts } from './reputation/open-reputation.ts';

/** Reputation with the overlay around it: its protocol both ways, its topics, and who is connected. */
export async function reputationOver(
  overlay: Overlay,
  parts: Omit<ReputationParts, 'publish' | 'fetch' | 'ask'>,
): Promise<OpenReputation> {
  const { pairList, proofs } = parts.ledger;
  const reputation = await openReputation({
    ...parts,
    publish: (topic, bytes) => overlay.publish(topic, bytes),
    fetch: (peer, query, signal) => overlay.request(evidenceProtocol, peer, query, signal),
    ask: {
      pairs: (peer, query, signal) => overlay.request(pairsProtocol, peer, query, signal),
      async receipts(peer, ids, signal) {
        return (await overlay.request(pairReceiptsProtocol, peer, { ids }, signal)).receipts;
      },
      sample: (peer, ranks, signal) => overlay.request(pairSampleProtocol, peer, { ranks }, signal),
    },
  });
  overlay.serve(evidenceProtocol, (_, query) => reputation.serve(query));
  overlay.serve(pairsProtocol, (_, query) => pairList.show(query));
  overlay.serve(pairReceiptsProtocol, async (_, { ids }) => ({ receipts: await pairList.receipts(ids) }));
  overlay.serve(pairSampleProtocol, (_, { ranks }) => proofs.ranked(ranks));
  overlay.onConnect(reputation.met);
  return reputation;
}

/** Chains of others with the overlay around them; the connection to who is convicted is closed, and the proof goes round. */
export async function followingOver(
  overlay: Overlay,
  { reputation }: OpenReputation,
  parts: Omit<OpenFollowingParts, 'me' | 'worth' | 'connected' | 'ask' | 'askConvictions'> &
    Pick<ReputationParts, 'identity'>,
): Promise<Following> {
  const { convictions, identity, ledger, log } = parts;
  const following = await openFollowing({
    ...{ ...parts, me: identity.peer },
    worth: (peer) => reputation.rating(peer).standing,
    connected: () => overlay.connected().map(({ peer }) => peer),
    ask: (peer, query, signal) => overlay.request(headersProtocol, peer, query, signal),
    askConvictions: (peer, query, signal) => overlay.request(convictionsProtocol, peer, query, signal),
  });
  overlay.serve(headersProtocol, (_, query) => following.serve(query));
  overlay.serve(convictionsProtocol, async (_, query) => convictions.page(query));
  overlay.onConnect((peer) => void following.meet(peer));
  ledger.onCommit((records) => {
    for (const record of records)
      if (isKind(record, 'receipt')) following.moved(sideOf(record.body, identity.peer).counterparty);
  });
  for (const peer of convictions.peers()) overlay.deny(peer);
  convictions.onConvicted((proof) => {
    log.warn({ peer: proof.peer }, 'a fork proof convicts a key');
    overlay.deny(proof.peer);
    overlay.publish('fork-proof', encodeForkProof(proof)).catch((error) => {
      log.debug({ code: codeOf(error) }, 'failed to publish a fork proof');
    });
  });
  return following;
}

/** What is known of pairs, with the overlay around it. */
export function meetingOver(overlay: Overlay, { catchingUp }: Ledger, log: Log): Meeting {
  const meeting = new Meeting({
    ...{ log, catchingUp },
    ask: (peer, query, signal) => overlay.request(knownProtocol, peer, query, signal),
  });
  overlay.serve(knownProtocol, (peer, query) => meeting.serve(peer, query));
  overlay.onConnect((peer) => void meeting.meet(peer));
  return meeting;
}

/** What the ledger lacks since it was repaired, with the overlay around it. */
export async function missingRecordsOver(
  overlay: Overlay,
  { network, ledger, log }: { network: string; ledger: Ledger; log: Log },
): Promise<MissingRecords> {
  const missing = new MissingRecords({
    ...{ network, log, ledger, rows: ledger.table(MISSING_TABLE, MISSING_RECORD) },
    async ask(peer, records, signal) {
      return (await overlay.request(recordsProtocol, peer, { wanted: records }, signal)).records;
    },
  });
  await missing.load();
  overlay.serve(recordsProtocol, async (peer, query) => ({
    records: await missing.serve(peer, query.wanted),
  }));
  overlay.onConnect((peer) => void missing.met(peer));
  return missing;
}

/** Invitations with the overlay around them: the protocol both ways, and vouches by reputation. */
export function invitationsOver(
  overlay: Overlay,
  { trust }: OpenReputation,
  { invite, inviteCreditMicrocredits, announce }: Config,
  parts: Pick<OpenInvitationsParts, 'identity' | 'network' | 'clock' | 'log' | 'ledger' | 'joined'>,
): OpenedInvitations {
  const invitations = openInvitations(
    { invite },
    {
      ...parts,
      // The invitee adds whom to expect there
      isAddress: (text) => isAddress(text) && !text.includes('/p2p/'),
      addresses: () => (announce.length > 0 ? announce : overlay.addresses()),
      vouchFor: async (peer, creditMicrocredits) => (await trust.vouch(peer, { creditMicrocredits })).bytes,
      creditMicrocredits: inviteCreditMicrocredits,
      takeVouch: async (envelope) => void (await trust.takeVouch(envelope)),
      ask: async (inviter, addresses, shown, signal) => {
        await overlay.learn(inviter, addresses);
        return overlay.request(joinProtocol, inviter, shown, signal);
      },
    },
  );
  overlay.serve(joinProtocol, invitations.accept);
  overlay.onConnect(invitations.met);
  return invitations;
}
