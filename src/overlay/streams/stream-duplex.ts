// A libp2p stream as a Node Duplex: backpressure both ways, half-close both ways, resets as errors.
import { Duplex } from 'node:stream';
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface';
import { STREAM_BUFFER_BYTES, STREAM_WRITE_BYTES } from '../terms/parameters.ts';

/** Told of every chunk that passes. */
export type CountBytes = (direction: 'in' | 'out', bytes: number) => void;

/**
 * Wraps a stream that nobody reads yet. Ending the Duplex sends FIN, a FIN of the remote ends its readable side,
 * destroying it resets the stream, and a reset or a lost connection destroys it with an error. A reset that comes
 * while nobody listens is not an uncaught error.
 */
export function duplexOf(stream: Stream, count?: CountBytes): Duplex {
  return new StreamDuplex(stream, count);
}

/** Bytes that wait in a stream of a pipe, and how many have passed it up to now where it is one of a peer. */
export function waitingIn(stream: Duplex): { waiting: number; moved: number } {
  const { readableLength, writableLength } = stream;
  const own = stream instanceof StreamDuplex ? stream : { held: 0, moved: 0 };
  return { waiting: readableLength + writableLength + own.held, moved: own.moved };
}

class StreamDuplex extends Duplex {
  readonly #stream: Stream;
  readonly #count: CountBytes | undefined;
  /** Whether our readable side has room. */
  #wanted = true;
  #settling = false;
  #moved = 0;
  #remoteEnded: boolean;
  #ending = false;
  #afterDrain: ((error?: Error) => void) | undefined;

  constructor(stream: Stream, count: CountBytes | undefined) {
    super({ readableHighWaterMark: STREAM_BUFFER_BYTES, writableHighWaterMark: STREAM_WRITE_BYTES });
    this.#stream = stream;
    this.#count = count;
    this.#remoteEnded = stream.status === 'open' && stream.remoteWriteStatus === 'closed';
    this.on('error', () => {});
    // Two pipelines and an abort signal alone come to more than Node's default of ten.
    this.setMaxListeners(32);
    stream.addEventListener('close', this.#onClose);
    stream.addEventListener('remoteCloseWrite', this.#onRemoteCloseWrite);
    stream.addEventListener('end', this.#onEnd);
    stream.addEventListener('drain', this.#onDrain);
    stream.addEventListener('message', this.#onMessage);
    if (stream.status !== 'open') this.destroy(new Error('the stream is closed'));
    else this.#endIfRead();
  }

  /** Bytes that passed, either way. */
  get moved(): number {
    return this.#moved;
  }

  /** What came while nobody wanted it. */
  get held(): number {
    return this.#stream.readBufferLength;
  }

  override _read(): void {
    this.#wanted = true;
    this.#settle();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    this.#moved += chunk.length;
    this.#count?.('out', chunk.length);
    try {
      this.#stream.send(chunk);
    } catch (error) {
      callback(error as Error);
      return;
    }
    this.#afterDrain = callback;
    this.#releaseWriter();
  }

  /** What came while the stream was busy goes in one frame. */
  override _writev(writes: readonly { chunk: Buffer }[], callback: (error?: Error) => void): void {
    this._write(Buffer.concat(writes.map(({ chunk }) => chunk)), 'utf8', callback);
  }

  override _final(callback: (error?: Error) => void): void {
    this.#ending = true;
    this.#stream.close().then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const stream = this.#stream;
    stream.removeEventListener('close', this.#onClose);
    stream.removeEventListener('remoteCloseWrite', this.#onRemoteCloseWrite);
    stream.removeEventListener('end', this.#onEnd);
    stream.removeEventListener('drain', this.#onDrain);
    stream.removeEventListener('message', this.#onMessage);
    if (stream.status === 'open' || stream.status === 'closing')
      stream.abort(error ?? new Error('destroyed'));
    this.#afterDrain?.(error ?? new Error('destroyed'));
    callback(error);
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    // A frame comes in pieces, as the connection cut it; each would be a write of its own further on
    const chunk = event.data instanceof Uint8Array ? event.data : event.data.subarray();
    this.#moved += chunk.length;
    this.#count?.('in', chunk.length);
    if (!this.push(chunk)) this.#wanted = false;
    this.#endIfRead();
    this.#settle();
  };

  /**
   * Pauses or resumes the stream as the readable side wants. `resume()` emits what was buffered and only then tells
   * the remote to go on, so a pause from inside it would be undone: it is made after `resume()` has returned.
   */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    try {
      while (this.#stream.readStatus === (this.#wanted ? 'paused' : 'readable')) {
        if (this.#wanted) this.#stream.resume();
        else this.#stream.pause();
      }
    } catch (error) {
      if (!this.#remoteEnded) this.destroy(error as Error);
    } finally {
      this.#settling = false;
    }
  }

  readonly #onDrain = (): void => {
    // The stream sends what it still holds in a microtask that it queued before this one.
    queueMicrotask(() => this.#releaseWriter());
  };

  /** Lets the writer go on once the stream holds none of its bytes any more: one chunk is buffered at most. */
  #releaseWriter(): void {
    const callback = this.#afterDrain;
    if (callback === undefined || this.#stream.writableNeedsDrain || this.#stream.writeBufferLength > 0)
      return;
    this.#afterDrain = undefined;
    callback();
  }

  readonly #onRemoteCloseWrite = (): void => {
    this.#remoteEnded = true;
  };

  /** Protocol negotiation may have read ahead and put bytes back after 'end', which comes only once. */
  #endIfRead(): void {
    if (this.#stream.readableEnded && this.#stream.readBufferLength === 0) this.#onEnd();
  }

  /** libp2p says 'end' for a lost connection too; only a FIN may look like the end of the data. */
  readonly #onEnd = (): void => {
    if (this.#remoteEnded) this.push(null);
  };

  readonly #onClose = (event: StreamCloseEvent): void => {
    if (event.error !== undefined) this.destroy(event.error);
    else if (!this.#remoteEnded || !this.#ending) this.destroy(new Error('the connection was lost'));
  };
}
