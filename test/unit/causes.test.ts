// Whose doing an end was, and whether the copy is replaced: the two tables, as tenants and volunteers rely on them.
import { describe, expect, it } from 'vitest';
import {
  CAUSE,
  CAUSES,
  type Cause,
  causeOf,
  causeOfEnding,
  doingOf,
  isReplaced,
  isStall,
} from '../../src/market/terms/causes.ts';
import type { Ending } from '../../src/runtime/engine.ts';

/** What a volunteer can say of what it was sent or pulls; its tenant has checked it, and asks others. */
const OF_THE_IMAGE: readonly Cause[] = [
  ...(['IMAGE_CONFIG_INVALID', 'IMAGE_DIGEST_WRONG', 'IMAGE_LAYER_TOO_LARGE'] as const),
  ...(['IMAGE_TOO_LARGE', 'IMAGE_TOO_MANY_LAYERS'] as const),
  ...(['REGISTRY_MALFORMED', 'REGISTRY_NOT_ALLOWED', 'REGISTRY_REFUSED', 'REGISTRY_UNREACHABLE'] as const),
  ...(['VOLUME_CONTENT_INVALID', 'VOLUME_CONTENT_TOO_LARGE'] as const),
];

const of = (doing: string) => CAUSES.filter((cause) => doingOf(cause) === doing);

describe('the causes of ends', () => {
  it('blame a volunteer for all but what is listed here', () => {
    expect(of('wished')).toEqual(['TENANT_STOPPED', 'TERM_OVER']);
    expect(of('own')).toEqual(['EXITED', 'OUT_OF_MEMORY', 'REFUSED_PAYLOAD']);
    const neither = of('neither').filter((cause) => !OF_THE_IMAGE.includes(cause));
    expect(neither.sort()).toEqual([
      ...[
        'CREDIT_SPENT',
        'DISK_EXCEEDED',
        'ENDED_UNSEEN',
        'IMAGE_NEEDS_ROOT',
        'IMAGE_NOT_SENT',
        'IMAGE_WRONG_ARCHITECTURE',
      ],
      ...['INSTANCE_START_FAILED', 'LOG_FLOOD', 'NOT_ANSWERING'],
      ...[
        'RECALLED',
        'REFUSED_STOPPING',
        'RESERVATION_EXPIRED',
        'RESTARTS_SPENT',
        'STOPPING',
        'SUPERSEDED',
        'TENANT_AWAY',
      ],
      ...['TENANT_REFUSED', 'UNDERPAID', 'UNHEALTHY'],
    ]);
    const listed = ['wished', 'own', 'neither', 'breach'].flatMap(of);
    expect(listed.sort()).toEqual([...CAUSES].sort());
  });

  it('lead to a replacement but where the copy ended as wished, by its own doing, or the next one would end so too', () => {
    const isRepeated = (cause: Cause) => cause === 'LOG_FLOOD' || cause === 'DISK_EXCEEDED';
    for (const cause of CAUSES)
      expect(isReplaced(cause), cause).toBe(
        !['wished', 'own'].includes(doingOf(cause)) && !isRepeated(cause),
      );
  });

  it('follow from what the engine can tell', () => {
    const causes: { readonly [E in Ending]: Cause } = {
      itself: 'EXITED',
      memory: 'OUT_OF_MEMORY',
      outside: 'INSTANCE_KILLED',
      engine: 'ENGINE_STOPPED',
      unclear: 'ENDED_UNSEEN',
    };
    for (const [ending, cause] of Object.entries(causes)) expect(causeOfEnding(ending as Ending)).toBe(cause);
  });

  it('are kept on disk, and codes that are no cause as such', () => {
    expect(CAUSE('', 'cause')).toBe('');
    expect(CAUSE('EXITED', 'cause')).toBe('EXITED');
    expect(CAUSE('A_CODE_OF_LATER', 'cause')).toBe('UNLISTED');
    expect(causeOf('toString')).toBe('UNLISTED');
    for (const malformed of ['lower case', 'A'.repeat(65), 7])
      expect(() => CAUSE(malformed, 'cause')).toThrow();
  });

  it('hold a lease without its end where the container is paused, or its engine is silent', () => {
    expect(CAUSES.filter(isStall).sort()).toEqual(['ENGINE_SILENT', 'INSTANCE_PAUSED']);
  });
});
