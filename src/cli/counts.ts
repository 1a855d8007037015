// Numbers of things, for people.

/** `1 offer`, `2 offers`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
