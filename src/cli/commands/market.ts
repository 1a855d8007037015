// tally market: the offers that this peer knows of.
import type { Command } from 'commander';
import { allItems } from '../../api/client.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { showOffers } from '../offer-text.ts';

/** Adds the verb. */
export function addMarket(program: Command): void {
  program
    .command('market')
    .description('list the offers that this peer knows of')
    .action(async (_, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const offers = await allItems((query) => client.GET('/v1/market/offers', { params: { query } }));
      answer(context, offers, () => showOffers(offers));
    });
}
