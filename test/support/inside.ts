// What a program prints inside an instance.
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';

/** Runs a shell script in the container of a lease, as its own user or as the one named; both its streams. */
export async function inside(docker: Docker, lease: string, script: string, user?: string): Promise<string> {
  const exec = await docker.getContainer(`tallymesh-${lease}`).exec({
    ...{ Cmd: ['/bin/sh', '-c', script], AttachStdout: true, AttachStderr: true },
    ...(user === undefined ? {} : { User: user }),
  });
  const [stream, output] = [await exec.start({}), new PassThrough()];
  docker.modem.demuxStream(stream, output, output);
  stream.on('end', () => output.end());
  return text(output);
}
