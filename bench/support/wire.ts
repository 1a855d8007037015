// A wire between two processes of a bench: frames of records' codec, each with a number that its answer repeats.
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { decode, encode, type Value } from '../../src/records/codec.ts';

type Message = { readonly [key: string]: Value };
type Frame = readonly [number: number, message: Message];

const FRAMES_A_TURN = 16;

/** Both ends can ask and answer; many questions may be under way. */
export class Wire {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { done: (answer: Message) => void; failed: (error: Error) => void }>();
  #last = 0;
  #isTaking = false;
  #written: Uint8Array[] = [];
  #read: Buffer = Buffer.alloc(0);

  /** Questions of the other end go to `answer`. */
  constructor(socket: Socket, answer: (question: Message) => Promise<Message> = async () => ({})) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.#read = this.#read.length === 0 ? bytes : Buffer.concat([this.#read, bytes]);
      if (!this.#isTaking) void this.#takeAll(answer);
    });
    socket.on('close', () => {
      for (const { failed } of this.#waiting.values()) failed(new Error('the other process is gone'));
    });
  }

  ask(question: Message): Promise<Message> {
    this.#last += 1;
    const number = this.#last;
    return new Promise((done, failed) => {
      this.#waiting.set(number, { done, failed });
      this.#send(number, question);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Some frames a turn, as the sockets of many peers would bring them: else both ends work in turns, not side by side. */
  async #takeAll(answer: (question: Message) => Promise<Message>): Promise<void> {
    this.#isTaking = true;
    let taken = 0;
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      this.#take(frame, answer);
      taken += 1;
      if (taken % FRAMES_A_TURN === 0) await turn();
    }
    this.#isTaking = false;
  }

  #take([number, message]: Frame, answer: (question: Message) => Promise<Message>): void {
    const waiting = this.#waiting.get(-number);
    if (waiting !== undefined) {
      this.#waiting.delete(-number);
      waiting.done(message);
      return;
    }
    void answer(message).then((reply) => this.#send(-number, reply));
  }

  #send(number: number, message: Message): void {
    const body = encode(message);
    const head = Buffer.alloc(8);
    head.writeInt32BE(number, 0);
    head.writeUInt32BE(body.length, 4);
    if (this.#written.length === 0) setImmediate(() => this.#flush());
    this.#written.push(head, body);
  }

  /** What was sent in one turn goes out in one write. */
  #flush(): void {
    this.#socket.write(Buffer.concat(this.#written));
    this.#written = [];
  }

  #next(): Frame | undefined {
    if (this.#read.length < 8) return undefined;
    const end = 8 + this.#read.readUInt32BE(4);
    if (this.#read.length < end) return undefined;
    const frame: Frame = [this.#read.readInt32BE(0), decode(this.#read.subarray(8, end)) as Message];
    this.#read = this.#read.subarray(end);
    return frame;
  }
}
