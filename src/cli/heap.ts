// How V8 counts the memory of buffers, which images and tunnels make by the hundred a second.
import { setFlagsFromString } from 'node:v8';

/** Versions in which the flag was tried: elsewhere it may mean something else. */
const TRIED = /^13\./;

/**
 * V8 marks the whole heap for each 64 MiB of buffers that were made, few as may still be held. Counted as the heap is, they are let
 * go while they are young, at a small part of that cost. For a process that has just begun.
 */
export function countBuffersAsHeap(version = process.versions.v8): void {
  if (TRIED.test(version)) setFlagsFromString('--external-memory-accounted-in-global-limit');
}
