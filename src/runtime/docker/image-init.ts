// Inits that images bring along. The engine's own is the first process of every other container.

/**
 * Programs that are made to be the first process of a container. Some of them (busybox, s6-overlay, systemd, runit) refuse to be
 * any other; the rest does what the engine's own init does.
 */
const INITS = new Set([
  ...['init', 'systemd', 'runit', 'runit-init', 'openrc-init', 's6-svscan', 's6-overlay-init', 'my_init'],
  ...['tini', 'tini-static', 'docker-init', 'dumb-init', 'catatonit', 'pid1'],
]);

/** Whether what an image starts first, its entrypoint or else the command, is an init by its name. */
export function bringsInit(entrypoint: readonly string[], command: readonly string[]): boolean {
  const [program = ''] = entrypoint.length > 0 ? entrypoint : command;
  return INITS.has(program.slice(program.lastIndexOf('/') + 1));
}
