// The OpenAPI document and the page that shows it.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifySchema } from 'fastify';
import { describeError, type ErrorCode } from '../lib/errors.ts';
import { PROBLEM_TYPE } from './problems.ts';
import type { ApiServer } from './routes/route.ts';
import { ref } from './schemas.ts';

const TAGS = [
  { name: 'tenant', description: 'Run containers on the machines of others' },
  { name: 'volunteer', description: 'Offer resources at a price' },
  { name: 'market', description: 'See the offers that this peer knows' },
  { name: 'ledger', description: 'Leases, receipts, debts and proofs' },
  { name: 'credit', description: 'How much this peer lends to whom, and why not more' },
  { name: 'trust', description: 'How this peer rates others and why; vouches and invitations' },
  { name: 'network', description: 'This peer and its connections' },
  { name: 'operations', description: 'Health, events, metrics and the stop of this peer' },
];

/** Everything of the page comes from this peer; no page of another site may frame it. React sets style attributes. */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Registers the document; before any route, whose schemas it collects. */
export async function registerDocument(server: ApiServer, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tallymesh',
        version,
        description: 'The API of one peer. Amounts are microcredits, times are milliseconds since 1970.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'The peer that serves this document' }],
      tags: TAGS,
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, i) => String($id ?? `def-${i}`) },
    transform: ({ schema, url, route }) => ({
      url,
      schema: { ...schema, response: { ...responsesOf(schema), ...problemsOf(route.config?.errors ?? []) } },
    }),
    // A wildcard has no name in Fastify; in the document it must have one.
    transformObject: (document) => nameWildcards('openapiObject' in document ? document.openapiObject : {}),
  });
}

/** Registers `/openapi.json` and `/docs`, open to all: neither says anything about this peer. */
export async function registerDocumentPages(server: ApiServer, version: string): Promise<void> {
  await server.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'open' };
    });
    scope.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      transformStaticCSP: () => DOCS_POLICY,
      uiConfig: { deepLinking: true, validatorUrl: null },
      logo: { type: 'image/svg+xml', content: Buffer.from(LOGO), href: '/docs' },
      theme: { title: `Tallymesh ${version}`, favicon: [] },
    });
  });
}

/** The name of the project, in the colour of the page's bar. */
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="150" height="40"><text x="0" y="27" fill="#fff" ' +
  'font-family="sans-serif" font-size="24">Tallymesh</text></svg>';

/** Errors that any call can meet. */
const COMMON_ERRORS: readonly ErrorCode[] = [
  'BAD_REQUEST',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'HOST_REFUSED',
  'TOO_MANY_REQUESTS',
  'INTERNAL',
];

function responsesOf(schema: FastifySchema): object {
  return typeof schema?.response === 'object' && schema.response !== null ? schema.response : {};
}

/** Problem responses by status. They stand in the document alone, since problems are not written by a schema. */
function problemsOf(errors: readonly ErrorCode[]): object {
  const byStatus = Map.groupBy([...COMMON_ERRORS, ...errors], (code) => describeError(code).status);
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, problemResponse(codes)]));
}

function problemResponse(codes: readonly ErrorCode[]): object {
  const description = codes.map((code) => `\`${code}\`: ${describeError(code).sentence}`).join('\n\n');
  return { description, content: { [PROBLEM_TYPE]: { schema: ref('Problem') } } };
}

function nameWildcards<T>(document: T): T {
  return JSON.parse(
    JSON.stringify(document).replaceAll('/{*}', '/{path}').replaceAll('"name":"*"', '"name":"path"'),
  ) as T;
}
