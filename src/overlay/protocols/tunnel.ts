// Tunnel: plain bytes to a published port of a container.
import { bytes, fields, int } from '../../records/shape.ts';
import type { PipeProtocol } from '../terms/overlay.ts';

const TUNNEL_REQUEST = fields({ lease: bytes(32), port: int(1, 65_535) });
export type TunnelRequest = ReturnType<typeof TUNNEL_REQUEST>;

export const tunnelProtocol: PipeProtocol<TunnelRequest> = {
  id: '/tallymesh/tunnel/1.0.0',
  request: TUNNEL_REQUEST,
  maxRequestBytes: 256,
  // A thousand that are opened at once wait for their turns
  openDeadlineMs: 10_000,
  // Each call to a container is a tunnel; a volunteer on two cores opens some 200 a second, and one tenant may have it all.
  budget: { burst: 1_024, perSecond: 256 },
  maxOpen: 2_048,
};
