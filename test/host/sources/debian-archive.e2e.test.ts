import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createClock } from '../../../toolkit/host/clock.ts';
import { createFileDigests } from '../../../toolkit/host/digests.ts';
import { createHttpClient } from '../../../toolkit/host/http/client.ts';
import { readHttpSettings } from '../../../toolkit/host/http/settings.ts';
import { createLocks } from '../../../toolkit/host/locks.ts';
import { createProcesses } from '../../../toolkit/host/process/run.ts';
import { readAptSources } from '../../../toolkit/host/sources/debian/apt-sources.ts';
import { createDebianArchive } from '../../../toolkit/host/sources/debian/open.ts';
import { fetchSources } from '../../../toolkit/host/sources/fetch.ts';
import { createStore } from '../../../toolkit/host/store/store.ts';
import { never, recordEvents, sha256Of, tempFolder } from '../http/fakes.ts';

/** musl 1.2.5 as upstream published it, which Debian took unchanged. */
const MUSL = 'a9a118bbe84d8764da0ea0d28b3ab3fae8477fc7e4085d90102b8596fc7c75e4';

const isConfigured = Boolean(process.env.DEBIAN_MIRROR) || (await readAptSources('/etc/apt')).length > 0;

describe("Debian's source archive", () => {
  it.skipIf(!isConfigured)("has musl's tarball, found by its hash alone", async () => {
    await using folder = await tempFolder();
    const events = recordEvents();
    const digests = createFileDigests(join(folder.path, 'digests'));
    const store = createStore(folder.path, digests);
    const locks = createLocks(join(folder.path, 'locks'), events);
    await using http = await createHttpClient(readHttpSettings(process.env), locks);
    const ports = { store, locks, events, processes: createProcesses(), clock: createClock() };
    const archive = await createDebianArchive(process.env.DEBIAN_MIRROR, { ...ports, http }, folder.path);
    const [musl] = await fetchSources(
      {
        specPath: join(folder.path, 'musl.spec'),
        sources: [{ url: 'musl-1.2.5.tar.gz', file: 'musl-1.2.5.tar.gz' }],
        patches: [],
        signatures: { signatures: new Map([['musl-1.2.5.tar.gz', MUSL]]), alternatives: new Map() },
        mode: 'enforce',
      },
      { store, digests, http, events, archive, sourceUrls: [] },
      never,
    );
    expect(musl?.provider).toMatch(/^Debian archive \(.*musl 1\.2\.5/);
    expect(sha256Of(await readFile(musl!.path))).toBe(MUSL);
  });
});
