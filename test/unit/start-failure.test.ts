// Why a container did not start, in words: from texts that engines have answered with, and from what its init process writes.
import { describe, expect, it } from 'vitest';
import { initReason, startReason } from '../../src/runtime/docker/start-failure.ts';

const SHIM =
  'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ';
const OLD = 'OCI runtime create failed: container_linux.go:380: starting container process caused: ';

describe('the words for a container that did not start', () => {
  it.each([
    [
      `${SHIM}exec: "nosuchcmd": executable file not found in $PATH: unknown`,
      'executable not found in the image: nosuchcmd',
    ],
    [
      `${OLD}exec: "/bin/nosuch": stat /bin/nosuch: no such file or directory: unknown`,
      'executable not found in the image: /bin/nosuch',
    ],
    [
      'crun: executable file `nosuchcmd` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
      'executable not found in the image: nosuchcmd',
    ],
    [
      `${SHIM}exec: "/noexec": permission denied: unknown`,
      'permission denied: the file is not executable: /noexec',
    ],
    [`${SHIM}exec: "/etc": is a directory: unknown`, 'not a file in the image: /etc'],
    [
      `${SHIM}chdir to cwd ("/secret") set in config.json failed: permission denied: unknown`,
      'permission denied: the user of the container may not enter the working directory: /secret',
    ],
    [
      'Cannot mkdir: /bin/busybox is not a directory',
      'the working directory is not a directory: /bin/busybox',
    ],
    [
      'lstat /var/lib/docker/overlay2/1836c4ed8240/merged/noexec/y: not a directory',
      'the working directory is not a directory: /noexec/y',
    ],
    ['unable to find user ghost: no matching entries in passwd file', 'no such user in the image: ghost'],
    ['unable to find group ghosts: no matching entries in group file', 'no such group in the image: ghosts'],
    [
      `${OLD}exec: "/app": exec format error: unknown`,
      'the executable is for another architecture, or is no program: /app',
    ],
    ['No command specified', 'the image has no command; name one'],
  ])('say what to mend: %s', (text, words) => {
    expect(startReason(text)).toBe(words);
  });

  it('leave out the path through the engine of what they do not know', () => {
    expect(startReason(`${SHIM}error during container init: mounting "proc" failed: unknown`)).toBe(
      'error during container init: mounting "proc" failed',
    );
    expect(startReason('Unknown runtime specified nosuch')).toBe('Unknown runtime specified nosuch');
  });

  it('are one line without control characters, and bounded where the tenant named what was not found', () => {
    const named = startReason(
      `${SHIM}exec: "\u001b[2Ja\nb${'x'.repeat(5_000)}": executable file not found in $PATH`,
    );
    expect(named).toMatch(/^executable not found in the image: \[2Ja bx+$/);
    expect(named.length).toBeLessThan(300);
    expect(startReason('a\u0000b\r\nc\u202ed')).toBe('a b c d');
    expect(startReason('exec: "$&$1": executable file not found in $PATH')).toBe(
      'executable not found in the image: $&$1',
    );
  });

  it('take no time that grows faster than the text', () => {
    for (const text of [
      `exec: "${'a:'.repeat(20_000)}`,
      'lstat /merged/'.repeat(5_000),
      'exec '.repeat(20_000),
    ]) {
      const startedMs = performance.now();
      startReason(text);
      expect(performance.now() - startedMs).toBeLessThan(1_000);
    }
  });
});

describe('the words for a program that did not begin', () => {
  it.each([
    [
      127,
      '[FATAL tini (7)] exec nosuchcmd failed: No such file or directory',
      'executable not found in the image: nosuchcmd',
    ],
    [
      126,
      '[FATAL tini (7)] exec /noexec failed: Permission denied',
      'permission denied: the file is not executable: /noexec',
    ],
    [1, '[FATAL tini (7)] exec /noexec/x failed: Not a directory', 'not a file in the image: /noexec/x'],
    [
      1,
      '[FATAL tini (8)] exec /app failed: Exec format error',
      'the executable is for another architecture, or is no program: /app',
    ],
  ])('come from exit code %d and the last line of its init process: %s', (code, line, words) => {
    expect(initReason(code, line)).toBe(words);
  });

  it('are none where the program itself ended, whatever it wrote', () => {
    const line = '[FATAL tini (7)] exec nosuchcmd failed: No such file or directory';
    expect(initReason(2, line)).toBeUndefined();
    expect(initReason(1, 'exec /app failed: Not a directory')).toBeUndefined();
    expect(initReason(0, line)).toBeUndefined();
    expect(initReason(127, 'sh: nosuchcmd: not found')).toBeUndefined();
    expect(initReason(127, '')).toBeUndefined();
  });
});
