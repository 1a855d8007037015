// The options of tally run about health and restarts, and how copies with them are shown.
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { Schemas } from '../../src/api/client.ts';
import { showHealthFailures } from '../../src/cli/commands/ps.ts';
import { showState } from '../../src/cli/deployment-text.ts';
import { addHealthOptions, type HealthOptions, healthOf } from '../../src/cli/health-options.ts';

/** What these words come to; the sentence where they are wrong. */
function asked(...words: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addHealthOptions(command);
  try {
    command.parse(words, { from: 'user' });
    return healthOf(command, command.opts<HealthOptions>());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('the options of tally run about health', () => {
  it('are the check that they name, without times that nobody named', () => {
    expect(asked()).toEqual({});
    expect(asked('--health-http', '80/healthz')).toEqual({
      health: { kind: 'http', port: 80, path: '/healthz' },
    });
    expect(asked('--health-http', '80')).toEqual({ health: { kind: 'http', port: 80, path: '/' } });
    expect(asked('--health-tcp', '5432')).toEqual({ health: { kind: 'tcp', port: 5432 } });
    expect(asked('--health-cmd', 'redis-cli ping')).toEqual({
      health: { kind: 'exec', command: ['/bin/sh', '-c', 'redis-cli ping'] },
    });
    expect(asked('--no-healthcheck')).toEqual({ health: { kind: 'none' } });
  });

  it('take times as people type them', () => {
    const times = ['--health-interval', '1m', '--health-timeout', '2s', '--health-retries', '5'];
    expect(asked('--health-tcp', '80', ...times, '--health-start-period', '0s')).toEqual({
      health: {
        ...{ kind: 'tcp', port: 80 },
        ...{ intervalMs: 60_000, timeoutMs: 2_000, retries: 5, startPeriodMs: 0 },
      },
    });
  });

  it.each([
    [['--health-tcp', '80', '--health-cmd', 'true'], /only one/],
    [['--health-tcp', '80', '--no-healthcheck'], /only one/],
    [['--health-retries', '2'], /check of your own/],
    [['--no-healthcheck', '--health-timeout', '2s'], /check of your own/],
    [['--health-cmd', 'true', '--health-interval', '2s'], /every 5s at most/],
    [['--health-http', 'healthz'], /80\/healthz/],
    [['--health-http', '80/a b'], /80\/healthz/],
    [['--health-http', '0/'], /port/],
    [['--health-tcp', '70000'], /port/],
    [['--health-tcp', '80', '--health-interval', '2h'], /1s to 1h/],
    [['--health-tcp', '80', '--health-timeout', '10m'], /1s to 1m/],
    [['--health-tcp', '80', '--health-retries', '0'], /1 to 20/],
    [['--restart', 'sometimes'], /on-failure/],
    [['--restart', 'always:3'], /on-failure/],
    [['--restart', 'on-failure:0'], /on-failure/],
    [['--restart', 'on-failure:101'], /on-failure/],
  ])('say what to type instead of %j', (words, sentence) => {
    expect(asked(...words)).toMatch(sentence);
  });

  it('name every policy as container engines do', () => {
    for (const policy of ['no', 'on-failure', 'always', 'unless-stopped'])
      expect(asked('--restart', policy)).toEqual({ restart: { policy } });
    expect(asked('--restart', 'on-failure:3')).toEqual({ restart: { policy: 'on-failure', most: 3 } });
  });
});

describe('a copy whose check fails', () => {
  const shown = (replicas: number, ...failures: (string | undefined)[]) =>
    showHealthFailures({
      ...{ id: 'abcdefghijklmnop', name: replicas === 1 ? 'web' : '', replicas },
      instances: failures.map((healthFailure, replica) => ({ replica, healthFailure })),
    } as unknown as Schemas['Deployment']);

  it('is shown with why, as its volunteer says', () => {
    expect(shown(1, 'HTTP status 500')).toEqual([
      'The health check of web fails. Its volunteer says: HTTP status 500',
    ]);
    expect(shown(2, undefined, 'no answer in 2 s')).toEqual([
      'The health check of copy 1 of abcdefghijkl fails. Its volunteer says: no answer in 2 s',
    ]);
  });
});

describe('the state of a copy', () => {
  it.each([
    [{ state: 'running', cause: '' }, 'running'],
    [{ state: 'running', cause: '', health: 'healthy', restarts: 0 } as const, 'running (healthy)'],
    [{ state: 'running', cause: '', health: 'starting', restarts: 0 } as const, 'running (health: starting)'],
    [
      { state: 'running', cause: 'UNHEALTHY', health: 'unhealthy', restarts: 0 } as const,
      'running (UNHEALTHY)',
    ],
    [{ state: 'running', cause: '', restarts: 2, exitCode: 1 }, 'running (2 restarts, last exit code 1)'],
    [{ state: 'restarting', cause: 'EXITED', restarts: 0, exitCode: 1 }, 'restarting (EXITED, exit code 1)'],
    [
      { state: 'failed', cause: 'EXITED', restarts: 3, exitCode: 1 },
      'failed (EXITED, 3 restarts, exit code 1)',
    ],
  ])('is shown with its health, its restarts and its last exit code: %j', (standing, shown) => {
    expect(showState(standing)).toBe(shown);
  });
});
