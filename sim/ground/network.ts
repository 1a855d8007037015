// A network of peers placed on measured round trips: messages take half a round trip, and a share of them is lost.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Random } from '../../bench/support/random.ts';
import { TallyError } from '../../src/lib/errors.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Round trips between sites in milliseconds, row by row. */
export type RoundTrips = readonly (readonly number[])[];

/** Between personal devices of the Seattle testbed (sim/data). */
export const SEATTLE = fileURLToPath(new URL('../data/seattle99-rtt-median-ms.csv', import.meta.url));

/** Two peers of one site are this far from each other. */
const SAME_SITE_MS = 5;

/** Reads a square matrix of comma-separated milliseconds. */
export async function readRoundTrips(file: string): Promise<RoundTrips> {
  const rows = (await readFile(file, 'utf8')).trim().split('\n');
  const matrix = rows.map((row) => row.split(',').map(Number));
  const isSquare = matrix.every((row) => row.length === matrix.length && row.every(Number.isFinite));
  if (!isSquare) throw new Error(`${file} is no square matrix of numbers`);
  return matrix;
}

/** A round trip between two sites, in milliseconds. */
export function roundTripMs(roundTrips: RoundTrips, from: number, to: number): number {
  return Math.max(SAME_SITE_MS, roundTrips[from]?.[to] ?? 0);
}

export interface NetworkParts {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly roundTrips: RoundTrips;
  /** Share of messages that are lost. */
  readonly loss: number;
}

/** Peers by number, from 0. */
export class Network {
  readonly #parts: NetworkParts;
  readonly #sites: readonly number[];
  readonly #isDown = new Set<number>();

  /** Places so many peers at random. */
  constructor(peers: number, parts: NetworkParts) {
    this.#parts = parts;
    this.#sites = Array.from({ length: peers }, () => parts.random.int(0, parts.roundTrips.length - 1));
  }

  setDown(peer: number, isDown: boolean): void {
    if (isDown) this.#isDown.add(peer);
    else this.#isDown.delete(peer);
  }

  isUp(peer: number): boolean {
    return !this.#isDown.has(peer);
  }

  /** Brings a message to a peer, unless it is lost, or the peer is down when it comes. */
  send(from: number, to: number, deliver: () => void): void {
    const { time, random, loss } = this.#parts;
    if (!this.isUp(from) || random.chance(loss)) return;
    time.after(this.#oneWayMs(from, to), () => {
      if (this.isUp(to)) deliver();
    });
  }

  /** A question and its answer. Rejects with PEER_SILENT where either is lost, once `deadlineMs` have passed. */
  ask<T>(from: number, to: number, answer: () => Promise<T>, deadlineMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#parts.time.after(deadlineMs, () => reject(new TallyError('PEER_SILENT')));
      this.send(from, to, () => {
        answer().then(
          (answered) =>
            this.send(to, from, () => {
              cancel();
              resolve(answered);
            }),
          () => {},
        );
      });
    });
  }

  #oneWayMs(from: number, to: number): number {
    const [a = 0, b = 0] = [this.#sites[from], this.#sites[to]];
    return roundTripMs(this.#parts.roundTrips, a, b) / 2;
  }
}
