// What all routes share: the type of the server, what they are built from.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import { type TSchema, Type } from 'typebox';
import type { ErrorCode } from '../../lib/errors.ts';
import type { IdempotentCalls } from '../idempotency.ts';
import type { Addressing } from '../names/addresses.ts';
import type { ApiOptions, ApiParts } from '../parts.ts';
import type { CallerTunnels } from '../tunnel-agent.ts';

/** Fastify, typed by the schemas of the routes. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What routes are built from. */
export interface RouteContext extends ApiParts {
  readonly options: ApiOptions;
  readonly idempotent: IdempotentCalls;
  /** The tunnels of a caller's connection. */
  readonly tunnelsOf: (caller: Socket) => CallerTunnels;
  /** Adds their addresses to deployments. */
  readonly addressed: Addressing;
  /** Aborts when the API stops. */
  readonly stopping: AbortSignal;
}

/** Registers the routes of one idea. */
export type Routes = (server: ApiServer, context: RouteContext) => void;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Errors that the route can answer with beside those of every call. */
    errors?: readonly ErrorCode[];
  }
}

/** A response whose body is not JSON. */
export function bodyOf(contentType: string, description: string, schema: TSchema = Type.String()) {
  return { description, content: { [contentType]: { schema } } };
}

/** A response without a body. */
export const NO_CONTENT = Type.Null({ description: 'Done' });
