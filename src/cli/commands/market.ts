// tally market: the offers that this peer knows of.
import type { Command } from 'commander';
import { allItems } from '../../api/client.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { showImages, showOffers } from '../offer-text.ts';

/** Adds what it takes and does. */
export function addMarket(market: Command): void {
  market
    .option('--images', 'list every image of every offer, with its digest')
    .action(async ({ images = false }: { images?: boolean }, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const offers = await allItems((query) => client.GET('/v1/market/offers', { params: { query } }));
      answer(context, offers, () => (images ? showImages(offers) : showOffers(offers)));
    });
}
