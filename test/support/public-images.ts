// What runs most often on other people's machines, as the public images of it are built: entrypoints that prepare their folders as
// root and go on as a user of their own, a volume for data, the signal that ends them.
import type { DebianImage } from './debian-images.ts';

const lines = (...text: string[]) => `${text.join('\n')}\n`;
const entrypoint = (...text: string[]) => lines('#!/bin/sh', 'set -e', ...text);

/** Root opens the port and the log, workers are `www-data`. */
export const NGINX: DebianImage = {
  name: 'nginx:debian',
  packages: ['nginx-light'],
  files: {
    'docker-entrypoint.sh': entrypoint('mkdir -p /var/lib/nginx /var/log/nginx', 'exec "$@"'),
    'etc/nginx/nginx.conf': lines(
      'user www-data;',
      'error_log /dev/stderr notice;',
      'events {}',
      'http {',
      '  access_log /dev/stdout;',
      '  server { listen 80; root /usr/share/nginx/html; }',
      '}',
    ),
    'usr/share/nginx/html/index.html': 'as nginx serves it\n',
  },
  changes: [
    'ENTRYPOINT ["/docker-entrypoint.sh"]',
    'CMD ["/usr/sbin/nginx","-g","daemon off;"]',
    'STOPSIGNAL SIGQUIT',
    'EXPOSE 80',
  ],
};

export const REDIS: DebianImage = {
  name: 'redis:debian',
  packages: ['redis-server', 'redis-tools'],
  users: ['redis'],
  files: {
    'docker-entrypoint.sh': entrypoint(
      'if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then',
      '  chown -R redis .',
      '  exec setpriv --reuid=redis --regid=redis --clear-groups "$0" "$@"',
      'fi',
      'exec "$@"',
    ),
  },
  changes: [
    'ENTRYPOINT ["/docker-entrypoint.sh"]',
    'CMD ["redis-server","--protected-mode","no","--appendonly","yes","--appendfsync","always"]',
    'VOLUME /data',
    'WORKDIR /data',
    'EXPOSE 6379',
  ],
};

export const POSTGRES: DebianImage = {
  name: 'postgres:debian',
  packages: ['postgresql-15'],
  users: ['postgres'],
  files: {
    'docker-entrypoint.sh': entrypoint(
      'if [ "$(id -u)" = 0 ]; then',
      '  mkdir -p "$PGDATA" /var/run/postgresql',
      '  chown -R postgres "$PGDATA" /var/run/postgresql',
      '  chmod 700 "$PGDATA"',
      '  exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"',
      'fi',
      'if [ ! -s "$PGDATA/PG_VERSION" ]; then',
      '  [ -z "$POSTGRES_PASSWORD_FILE" ] || password="--pwfile=$POSTGRES_PASSWORD_FILE"',
      '  initdb --username=postgres --auth-local=trust --auth-host=scram-sha-256 $password',
      '  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"',
      'fi',
      'exec "$@"',
    ),
  },
  changes: [
    'ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'ENV LANG=C.UTF-8',
    'ENV PGDATA=/var/lib/postgresql/data',
    'ENTRYPOINT ["/docker-entrypoint.sh"]',
    `CMD ["postgres","-c","listen_addresses=*"]`,
    'STOPSIGNAL SIGINT',
    'VOLUME /var/lib/postgresql/data',
    'EXPOSE 5432',
  ],
};

/** Counts its visits in a file of its folder of data. */
export const NODE: DebianImage = {
  name: 'node-app:debian',
  packages: ['nodejs'],
  users: ['node'],
  files: {
    'app/server.js': lines(
      "const { readFileSync, writeFileSync } = require('node:fs');",
      "const file = '/app/data/visits';",
      'const visits = () => { try { return Number(readFileSync(file)); } catch { return 0; } };',
      "require('node:http').createServer((request, answer) => {",
      "  if (request.url === '/visit') writeFileSync(file, String(visits() + 1));",
      "  answer.end(visits() + ' visits\\n');",
      '}).listen(3000);',
      "process.on('SIGTERM', () => process.exit(0));",
    ),
    'docker-entrypoint.sh': entrypoint(
      'mkdir -p /app/data',
      'chown node /app/data',
      'exec setpriv --reuid=node --regid=node --clear-groups "$@"',
    ),
  },
  changes: ['ENTRYPOINT ["/docker-entrypoint.sh"]', 'CMD ["node","/app/server.js"]', 'EXPOSE 3000'],
};

/** An init that starts services, each of which starts processes of its own and runs as another user. */
export const FORKING: DebianImage = {
  name: 'services:debian',
  packages: ['runit', 'busybox-static'],
  users: ['web', 'clock'],
  files: {
    'services/web/run': entrypoint('exec chpst -u web busybox httpd -f -p 8000 -h /srv'),
    'services/clock/run': entrypoint('exec chpst -u clock sh -c "while :; do date +%s; sleep 1; done"'),
    'srv/index.html': 'of a service\n',
  },
  changes: ['CMD ["/usr/bin/runsvdir","-P","/services"]', 'EXPOSE 8000'],
};
