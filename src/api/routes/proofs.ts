// What this peer can prove to strangers: the states of its pairs, and who was convicted.
import type { Static } from 'typebox';
import { TallyError } from '../../lib/errors.ts';
import { openForkProof } from '../../records/fork-proof.ts';
import { showId } from '../../records/id.ts';
import { openPairStatement } from '../../records/pair-statement.ts';
import { pageOf } from '../pages.ts';
import { viewReceipt } from '../receipt-view.ts';
import type { Conviction, PairProof } from '../schemas/ledger.ts';
import { type COMPONENTS, PageQuery, PairParams, page, ref } from '../schemas.ts';
import type { Routes } from './route.ts';

type PairProofView = Static<typeof PairProof, typeof COMPONENTS>;
type ConvictionView = Static<typeof Conviction>;

export const proofRoutes: Routes = (server, { peer, options: { network }, ledger, convictions }) => {
  server.get(
    '/v1/ledger/pairs/:side/:peer',
    {
      config: { errors: ['KEY_INVALID', 'LEDGER_EMPTY'] },
      schema: {
        operationId: 'provePair',
        tags: ['ledger'],
        summary:
          'The latest receipt with another peer under the newest header, or that there is none, with the proof',
        params: PairParams,
        response: { 200: ref<PairProofView>('PairProof') },
      },
    },
    async ({ params: { side, peer: counterparty } }) => {
      const statement = await ledger.proofs.statement(side, counterparty);
      if (statement === undefined) throw new TallyError('LEDGER_EMPTY');
      const { header, receipt } = openPairStatement(statement, { peer, side, counterparty }, network);
      return {
        ...{ network, peer, side, counterparty },
        ...{ header: showId(header.id), seq: header.body.seq, pairs: header.body.pairs },
        statement: Buffer.from(statement).toString('base64'),
        ...(receipt === undefined ? {} : { receipt: viewReceipt(receipt) }),
      };
    },
  );

  server.get(
    '/v1/convictions',
    {
      schema: {
        operationId: 'listConvictions',
        tags: ['ledger'],
        summary: 'Convicted keys, which this peer refuses, each with its fork proof',
        querystring: PageQuery,
        response: { 200: page<ConvictionView>('Conviction') },
      },
    },
    async ({ query }) => {
      const { items, ...rest } = pageOf([...convictions.peers()], query, (convicted) => convicted);
      return { items: items.map((convicted) => view(convicted)), ...rest };
    },
  );

  function view(convicted: string): ConvictionView {
    const proof = convictions.proofOf(convicted) ?? new Uint8Array();
    const { one, other } = openForkProof(proof, network);
    return {
      ...{ network, peer: convicted, seq: other.body.seq },
      ...{ one: showId(one.id), other: showId(other.id), proof: Buffer.from(proof).toString('base64') },
    };
  }
};
