// Places to listen at that nothing else on this machine takes meanwhile: for what must know its port before it listens, or
// come back to one. A port that was free a moment ago may be another test's by now.

const FIRST_PORT = 10_000;
let used = 0;

/** An address of loopback that is this process's alone, and a port of it that the machine hands to nobody. */
export function ownPlace(): { host: string; port: number } {
  const { pid } = process;
  used += 1;
  return { host: `127.${64 + (pid >>> 16)}.${(pid >>> 8) & 255}.${pid & 255}`, port: FIRST_PORT + used };
}
