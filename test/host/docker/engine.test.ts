import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectEngine, unreachable } from '../../../toolkit/host/docker/engine.ts';

const signal = new AbortController().signal;
const info = { ServerVersion: '20.10.24', OSType: 'linux', Architecture: 'x86_64', SecurityOptions: [] };

/** Puts a program `docker` first in PATH, which answers `docker info` with `facts` and else runs `script`. */
let folder: string;
async function fakeDocker(facts: unknown, script = 'exit 9'): Promise<void> {
  const text = `#!/bin/sh\nif [ "$1" = info ]; then cat <<'END'\n${JSON.stringify(facts)}\nEND\nexit 0; fi\n${script}\n`;
  await writeFile(join(folder, 'docker'), text);
  await chmod(join(folder, 'docker'), 0o755);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docker-'));
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe('connectEngine', () => {
  it('hands the choice of an engine through, and nothing else', async () => {
    await fakeDocker(info, 'echo "$DOCKER_HOST,$SECRET"');
    const engine = await connectEngine(signal, { DOCKER_HOST: 'unix:///x', SECRET: 'y' });
    expect(await engine.must(['version'], signal)).toBe('unix:///x,');
  });

  it.each([
    [['name=seccomp,profile=default'], true],
    [['name=seccomp,profile=default', 'name=rootless'], false],
    [null, true],
  ])('knows from %o whether containers run as root', async (SecurityOptions, rootful) => {
    await fakeDocker({ ...info, SecurityOptions });
    expect((await connectEngine(signal, {})).rootful).toBe(rootful);
  });

  it.each([
    [{ ServerErrors: ['Cannot connect to the Docker daemon'] }, 'DOCKER_UNREACHABLE'],
    [{ ...info, ServerVersion: '' }, 'DOCKER_UNREACHABLE'],
    [{ ...info, OSType: 'windows' }, 'DOCKER_UNFIT'],
    [{ ...info, Architecture: 'aarch64' }, 'DOCKER_UNFIT'],
  ])('refuses an engine that says %o with %s', async (facts, code) => {
    await fakeDocker(facts);
    await expect(connectEngine(signal, {})).rejects.toThrow(
      expect.objectContaining({ code, errorClass: 'host' }),
    );
  });

  it('fails when an input breaks, however much of it was taken', async () => {
    await fakeDocker(info, 'cat >/dev/null; echo done');
    const engine = await connectEngine(signal, {});
    async function* broken() {
      yield Buffer.from('the first half');
      throw new Error('the disk is gone');
    }
    await expect(engine.feed(['import', '-'], Readable.from(broken()), signal)).rejects.toThrow(
      'the disk is gone',
    );
    expect(await engine.feed(['import', '-'], Readable.from(['all']), signal)).toBe('done');
  });
});

describe('unreachable', () => {
  it.each([
    ['Got permission denied while trying to connect', /usermod -aG docker/],
    ['Cannot connect to the Docker daemon at unix:///x. Is it running?', /systemctl start docker/],
    ['', /DOCKER_HOST/],
  ])('says what to do about %j', (said, hint) => {
    expect(unreachable(said).hint).toMatch(hint);
  });
});
