// Where something is missing in a log, the log says so: cut lines, lines that are not kept, lines for slow readers.
import { describe, expect, it } from 'vitest';
import { LOG_TAIL_MAX } from '../../src/api/parameters.ts';
import type { Table } from '../../src/ledger/database.ts';
import {
  followLog,
  lossesOf,
  runsAgainBy,
  withoutLog,
  withoutWaiting,
} from '../../src/market/volunteer/log-reader.ts';
import { LOG_ROW, type LogRow, LogStore } from '../../src/market/volunteer/log-store.ts';
import { logsProtocol } from '../../src/overlay/protocols/logs.ts';
import { decode, encode } from '../../src/records/codec.ts';
import { readLines } from '../../src/runtime/docker/logs.ts';
import type { LogLine, LogQuery } from '../../src/runtime/engine.ts';
import { CUT_MARK, markLine } from '../../src/runtime/log-line.ts';
import { dockerFrame as frame } from '../support/docker-frame.ts';
import { HandClock } from '../support/hand-clock.ts';

const NEVER = new AbortController().signal;
const CUT_BYTES = 16_384;
const KEPT_CHARACTERS = 2_048;

const lineOf = (text: string, atMs = 7): LogLine => ({ stream: 'stdout', atMs, text });
const numbered = (count: number) => Array.from({ length: count }, (_, i) => lineOf(`${i + 1}`, i + 1));
const textsOf = (lines: readonly { text: string }[]) => lines.map(({ text }) => text);

async function* given(lines: readonly LogLine[]): AsyncGenerator<LogLine> {
  yield* lines;
}

async function allOf<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe('a line of a Docker log', () => {
  it('that is as long as a line may be is shown whole, without a mark', async () => {
    const whole = 'a'.repeat(CUT_BYTES);
    expect(textsOf(await allOf(readLines([frame(whole), frame('\n')])))).toEqual([whole]);
  });

  it('that is longer by one byte, or comes in many pieces, is cut with one mark', async () => {
    const cut = `${'a'.repeat(CUT_BYTES)}${CUT_MARK}`;
    const pieces = [frame('a'.repeat(CUT_BYTES)), frame('a'), frame('a'.repeat(CUT_BYTES)), frame('b\n')];
    expect(textsOf(await allOf(readLines([...pieces, frame('next\n')])))).toEqual([cut, 'next']);
    expect(textsOf(await allOf(readLines([frame('a'.repeat(CUT_BYTES)), frame('a\n')])))).toEqual([cut]);
  });
});

describe('a request for a log', () => {
  it('carries as many lines as the API lets its caller ask for', () => {
    const request = { lease: new Uint8Array(32), tail: LOG_TAIL_MAX, follow: 0 };
    expect(logsProtocol.request(request, '')).toEqual(request);
  });
});

describe('the log that is kept of an ended lease', () => {
  const keep = async (lines: readonly LogLine[], ...lastWords: LogLine[]) => {
    const rows = new Map<string, LogRow>();
    // As a table does: what is written is encoded, and checked when it is read
    const table = {
      put: async (key: string, row: LogRow) => {
        rows.set(key, LOG_ROW(decode(encode(row)), ''));
      },
      get: async (key: string) => rows.get(key),
      entries: async function* () {
        yield* rows;
      },
    } as unknown as Table<LogRow>;
    const store = new LogStore(table, () => 99);
    const logs = (_: string, { tail = lines.length }: LogQuery) => given(lines.slice(-tail));
    await store.keep('lease', { logs }, { lastWords });
    return async (tail: number) => (await store.lines('lease', tail)) ?? [];
  };

  it('is whole without a mark as long as all of it is kept', async () => {
    const kept = await keep(numbered(200));
    expect(await kept(1_000)).toEqual(numbered(200));
  });

  it('begins with a mark when lines before it are gone', async () => {
    const kept = await keep(numbered(201));
    const [mark, ...lines] = await kept(1_000);
    expect(mark).toMatchObject({
      stream: 'stderr',
      text: expect.stringMatching(/^\[tallymesh: .*not kept\]$/),
    });
    expect(lines).toEqual(numbered(201).slice(1));
    expect(textsOf(await kept(2))).toEqual(['200', '201']);
  });

  it('ends with the last word of the peer', async () => {
    const kept = await keep(numbered(300), markLine('enough of this', 99));
    const lines = await kept(1_000);
    expect(lines).toHaveLength(202);
    expect(lines.at(-1)).toEqual({ stream: 'stderr', atMs: 99, text: '[tallymesh: enough of this]' });
    expect(await (await keep([], markLine('and nothing else', 99)))(10)).toHaveLength(1);
  });

  it('has a mark where a line was cut, and never half a character', async () => {
    const whole = 'a'.repeat(KEPT_CHARACTERS);
    const split = `${'a'.repeat(KEPT_CHARACTERS - 1)}\u{1F600}`;
    const kept = await keep([whole, `${whole}b`, split].map((text) => lineOf(text)));
    expect(textsOf(await kept(10))).toEqual([
      whole,
      `${whole}${CUT_MARK}`,
      `${'a'.repeat(KEPT_CHARACTERS - 1)}${CUT_MARK}`,
    ]);
  });
});

describe('a log of which nothing is kept', () => {
  const ended = (upMs: number) => ({ row: { upMs, endedAtMs: 5 } }) as Parameters<typeof withoutLog>[0];

  it('says that it can be asked for again while its container is there, and else that it is gone', () => {
    expect(textsOf(withoutLog(ended(9), true))).toEqual([expect.stringContaining('again in a minute')]);
    expect(textsOf(withoutLog(ended(9), false))).toEqual([expect.stringContaining('nothing is kept')]);
  });

  it('may lack lines where the disk of the engine was full since its lease, which it says', () => {
    const given = { lease: { body: { issuedAtMs: 7 } } } as Parameters<typeof lossesOf>[0];
    const marks = (fullAtMs: number) => textsOf(lossesOf(given, { engineFullAtMs: () => fullAtMs }));
    expect(marks(7)).toEqual([expect.stringContaining('lines may be missing')]);
    expect([marks(6), marks(0)]).toEqual([[], []]);
  });

  it('is empty where nothing ever ran', () => {
    expect(withoutLog(ended(0), false)).toEqual([]);
  });
});

/** A log whose reader waits, after the first line, until all of it is written. */
function slowlyRead(written: readonly LogLine[], most: number) {
  const { promise: waited, resolve } = Promise.withResolvers<void>();
  async function* source() {
    yield* written;
    resolve();
  }
  return { lines: withoutWaiting(source(), most), waited };
}

describe('a log that is followed', () => {
  it('gives every line to a reader that keeps up, also those that were there already', async () => {
    expect(await allOf(withoutWaiting(given(numbered(10_000)), 10_000))).toEqual(numbered(10_000));
  });

  it('says in their place how many lines a reader missed that was too slow', async () => {
    const { lines, waited } = slowlyRead(numbered(100), 10);
    const first = await lines.next();
    await waited;
    const seen = textsOf([first.value as LogLine, ...(await allOf(lines))]);
    const marks = seen.filter((text) => text.startsWith('[tallymesh: '));
    const missed = marks.map((mark) => Number(/ (\d+) lines? (?:is|are) left out here/.exec(mark)?.[1]));
    expect(missed.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(0);
    // What is shown and what is said to be missing is all there was, in its order
    let next = 1;
    for (const text of seen) {
      const gone = / (\d+) lines? (?:is|are) left out here/.exec(text)?.[1];
      if (gone === undefined) expect(Number(text)).toBe(next);
      next += Number(gone ?? 1);
    }
    expect(next).toBe(101);
  });

  it('holds no more text for a slow reader than is allowed, however few the lines', async () => {
    const { lines, waited } = slowlyRead(
      Array.from({ length: 10 }, () => lineOf('x'.repeat(1_048_576))),
      1_000,
    );
    const first = await lines.next();
    await waited;
    const rest = textsOf(await allOf(lines));
    expect(first.value).toMatchObject({ stream: 'stdout' });
    expect(rest.filter((text) => text.includes('left out here'))).toHaveLength(1);
    expect(rest).toHaveLength(5);
  });

  it('fails as its source does, after the lines before it', async () => {
    async function* source() {
      yield lineOf('last');
      throw new Error('gone');
    }
    const lines = withoutWaiting(source(), 10);
    expect((await lines.next()).value).toMatchObject({ text: 'last' });
    await expect(lines.next()).rejects.toThrow('gone');
  });

  it('is read no further once its reader has left', async () => {
    const left = Promise.withResolvers<void>();
    const more = Promise.withResolvers<void>();
    async function* source() {
      try {
        yield lineOf('first');
        await more.promise;
        for (;;) yield lineOf('more');
      } finally {
        left.resolve();
      }
    }
    for await (const _ of withoutWaiting(source(), 10)) break;
    more.resolve();
    await left.promise;
  });

  it('goes on with the next run of the container, after the last line that it has, until the lease has ended', async () => {
    const clock = new HandClock();
    const followed = { id: 'lease', row: { state: 'running', cause: '', run: '' }, lease: {} };
    const change = (row: object) => Object.assign(followed, { row: { ...followed.row, ...row } });
    const asked: object[] = [];
    const logs = (_: string, query: object) => {
      asked.push(query);
      return given(asked.length === 1 ? numbered(2) : [{ ...lineOf('again'), atMs: 99 }]);
    };
    const lease = followed as unknown as Parameters<typeof followLog>[0];
    const reading = allOf(followLog(lease, 5, { logs }, runsAgainBy(clock), NEVER));
    await clock.move(1_000);
    // The run that is over has a name by then
    change({ state: 'restarting', run: 'first' });
    await clock.move(1_000);
    expect(asked).toEqual([{ tail: 5, follow: true }]);
    change({ state: 'running', run: 'second' });
    await clock.move(1_000);
    expect(asked[1]).toEqual({ sinceMs: numbered(2).at(-1)!.atMs + 1, follow: true });
    change({ state: 'ended' });
    await clock.move(1_000);
    expect((await reading).map(({ text }) => text)).toEqual([
      ...numbered(2).map(({ text }) => text),
      'again',
    ]);
  });

  it('says why a run was ended whose check failed, before the next one goes on', async () => {
    const row = { state: 'restarting', cause: 'UNHEALTHY', run: 'first' };
    const ill = { id: 'lease', row, lease: {}, healthFailure: 'HTTP status 500' };
    const runs = [true, false];
    const lines = await allOf(
      followLog(
        ill as unknown as Parameters<typeof followLog>[0],
        ...([5, { logs: () => given(numbered(1)) }, async () => runs.shift()!, NEVER] as const),
      ),
    );
    const mark = '[tallymesh: its health check failed: HTTP status 500]';
    expect(textsOf(lines).slice(0, 3)).toEqual(['1', mark, '1']);
  });

  it('ends by saying what it had too much of, and by nothing else when it ended otherwise', async () => {
    const lease = { body: { resources: { diskBytes: 2 ** 30 } } };
    const ended = (cause: string) =>
      ({ id: 'lease', row: { cause, endedAtMs: 42 }, lease }) as Parameters<typeof followLog>[0];
    const follow = (cause: string) =>
      allOf(followLog(ended(cause), 5, { logs: () => given(numbered(2)) }, async () => false, NEVER));
    expect(await follow('EXITED')).toEqual(numbered(2));
    expect((await follow('LOG_FLOOD')).slice(2)).toEqual([
      {
        stream: 'stderr',
        atMs: 42,
        text: expect.stringMatching(/^\[tallymesh: ended: .*2000 lines or 256 KiB/),
      },
    ]);
    const [full] = (await follow('DISK_EXCEEDED')).slice(2);
    expect(full).toMatchObject({ stream: 'stderr', atMs: 42 });
    expect(full?.text).toMatch(/^\[tallymesh: ended: .*1 GiB and 69632 files/);
  });
});
