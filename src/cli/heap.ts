// How V8 counts the memory of buffers, which images and tunnels make by the hundred a second.
import { setFlagsFromString } from 'node:v8';

/** Versions in which the flags were tried: elsewhere they may mean something else. */
const TRIED = /^13\./;

/**
 * V8 marks the whole heap for each 64 MiB of buffers that were made, few as may still be held. Counted as the heap is, they are let
 * go while they are young, at a small part of that cost; and for that the heap has to be allowed to become three times what lived
 * through the last marking, as that of a busy program is by itself: 200 MiB of an image then cost one marking in place of eleven,
 * and no more memory. For a process that has just begun.
 */
export function countBuffersAsHeap(version = process.versions.v8): void {
  if (!TRIED.test(version)) return;
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setFlagsFromString('--heap-growing-percent=200');
}
