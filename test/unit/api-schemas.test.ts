// The schemas say what the market's types say, and the document says what the schemas and the errors say.
import type { Static } from 'typebox';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import type { AddressedDeployment } from '../../src/api/names/addresses.ts';
import { BID_EXAMPLE } from '../../src/api/routes/bids.ts';
import { COMPONENTS } from '../../src/api/schemas.ts';
import { ERROR_CODES } from '../../src/lib/errors.ts';
import type { BidInput } from '../../src/market/terms/bid-input.ts';
import type {
  Eviction,
  ImageChange,
  LeaseView,
  LogView,
  MatchReport,
  OfferInput,
  OfferView,
  OwnOfferView,
  VolunteeringView,
} from '../../src/market/terms/views.ts';
import type { ConnectedPeer } from '../../src/overlay/terms/overlay.ts';
import { type InjectedApi, injectedApi } from '../support/api.ts';

let api: InjectedApi;
let document: {
  paths: Record<
    string,
    Record<string, { operationId: string; responses: Record<string, unknown>; security?: [] }>
  >;
  components: { schemas: Record<string, unknown> };
};

beforeAll(async () => {
  api = await injectedApi();
  document = (await api.call('/openapi.json')).json();
});

afterAll(() => api.close());

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

type Component<Name extends keyof typeof COMPONENTS> = Frozen<
  Static<(typeof COMPONENTS)[Name], typeof COMPONENTS>
>;

test('a component has the type that the market gives and takes', () => {
  expectTypeOf<Component<'OfferInput'>>().toEqualTypeOf<Frozen<OfferInput>>();
  expectTypeOf<Component<'Offer'>>().toEqualTypeOf<Frozen<OfferView>>();
  expectTypeOf<Component<'OwnOffer'>>().toEqualTypeOf<Frozen<OwnOfferView>>();
  expectTypeOf<Component<'ImageChange'>>().toEqualTypeOf<Frozen<ImageChange>>();
  expectTypeOf<Component<'Volunteering'>>().toEqualTypeOf<Frozen<VolunteeringView>>();
  expectTypeOf<Component<'Eviction'>>().toEqualTypeOf<Frozen<Eviction>>();
  expectTypeOf<Component<'BidInput'>>().toEqualTypeOf<Frozen<BidInput>>();
  expectTypeOf<Component<'Match'>>().toEqualTypeOf<Frozen<MatchReport>>();
  expectTypeOf<Component<'Deployment'>>().toEqualTypeOf<Frozen<AddressedDeployment>>();
  expectTypeOf<Component<'Lease'>>().toEqualTypeOf<Frozen<LeaseView>>();
  expectTypeOf<Component<'LogLine'>>().toEqualTypeOf<Frozen<LogView>>();
  expectTypeOf<Component<'Peer'>>().toEqualTypeOf<Frozen<ConnectedPeer>>();
});

test('every component stands in the document by its name', () => {
  expect(Object.keys(document.components.schemas).sort()).toEqual(Object.keys(COMPONENTS).sort());
});

test('every reference of the document leads somewhere', () => {
  for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
    expect(name).toMatch(/^#\/components\/schemas\//);
    expect(document.components.schemas).toHaveProperty(name!.split('/').at(-1)!);
  }
});

test('every code of the table of errors is a code of a problem', () => {
  expect(document.components.schemas.Problem).toMatchObject({
    properties: { code: { enum: ERROR_CODES } },
  });
});

describe('every operation', () => {
  const operations = () => Object.values(document.paths).flatMap((methods) => Object.values(methods));

  test('has an id of its own', () => {
    const ids = operations().map(({ operationId }) => operationId);
    expect(ids.every((id) => /^[a-z][A-Za-z]+$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('says which errors it answers', () => {
    for (const { responses } of operations())
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '500']));
  });
});

test('the example of a bid is a bid', async () => {
  const answer = await api.call('/v1/bids?dryRun=true', { method: 'POST', body: BID_EXAMPLE });
  expect(answer.statusCode).toBe(200);
});

test('the page of the document carries the name and the version of the project, and the sign of nobody else', async () => {
  const { body } = await api.call('/docs', { token: '' });
  expect(body).toContain(`<title>Tallymesh 0.0.1</title>`);
  const initializer = await api.call('/docs/static/swagger-initializer.js', { token: '' });
  const [, logo = ''] = /data:image\/svg\+xml;base64,([A-Za-z0-9+/=]+)/.exec(initializer.body) ?? [];
  expect(Buffer.from(logo, 'base64').toString()).toMatch(/^<svg [^>]*><text [^>]*>Tallymesh<\/text><\/svg>$/);
  expect((await api.call('/openapi.json', { token: '' })).json().info.version).toBe('0.0.1');
});

test('the page of the document loads nothing from elsewhere', async () => {
  const { body, headers } = await api.call('/docs', { token: '' });
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
  expect(body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  expect(body).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>\s*\S/);
});
