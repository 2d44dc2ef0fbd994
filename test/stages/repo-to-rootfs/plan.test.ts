import { describe, expect, it } from 'vitest';
import type { ImageConfig } from '../../../toolkit/domain/image.ts';
import { diskPartitions } from '../../../toolkit/domain/image-partitions.ts';
import type { RpmArtifact } from '../../../toolkit/domain/package.ts';
import type { Root } from '../../../toolkit/domain/ports.ts';
import type { RootfsBase } from '../../../toolkit/stages/repo-to-rootfs/index.ts';
import { planRootfs } from '../../../toolkit/stages/repo-to-rootfs/plan.ts';
import { rpmPackage } from '../../formats/support/package.ts';
import { imageConfig, testProgram } from '../../support/image-host.ts';

function artifact(name: string, path: string): RpmArtifact {
  const header = rpmPackage({ name, files: [{ path, type: 'file' }] });
  return { path: `/store/${name}`, digest: { sha256: name, size: 1 }, header };
}

const base = artifact('base', '/usr/bin/base');
const kernel = artifact('kernel', '/boot/vmlinuz-1');
const other = artifact('kernel-generic', '/boot/vmlinuz-1.generic');

function plan(packages: readonly RpmArtifact[], format: 'raw' | 'tar.gz', before?: RootfsBase) {
  const config = imageConfig({ formats: [format] });
  const tools = { name: 'tools', key: 'key' } as unknown as Root;
  return planRootfs(
    { config, packages, tools, program: testProgram('1'), ...(before === undefined ? {} : { base: before }) },
    { devices: [], sources: new Map() },
  );
}

describe('planRootfs', () => {
  it('wants a kernel only where the image is to be booted', () => {
    expect(() => plan([base], 'raw')).toThrow(expect.objectContaining({ code: 'IMAGE_NO_KERNEL' }));
    expect(plan([base], 'tar.gz').job.rpms).toHaveLength(1);
    expect(plan([base, kernel], 'raw').job.rpms).toHaveLength(2);
  });

  it('wants a policy where SELinux is asked for, and programs where a partition grows', () => {
    const request = (changes: Partial<ImageConfig>, ...packages: readonly RpmArtifact[]) =>
      planRootfs(
        {
          ...{ config: imageConfig(changes), packages: [kernel, ...packages], program: testProgram('1') },
          tools: { name: 'tools', key: 'key' } as unknown as Root,
        },
        { devices: [], sources: new Map() },
      );
    const selinux = { mode: 'force-enforcing', policy: 'own-policy' } as const;
    expect(() => request({ selinux })).toThrow(expect.objectContaining({ code: 'IMAGE_SELINUX' }));
    const policy = artifact('own-policy', '/etc/selinux/own/contexts/files/file_contexts');
    expect(request({ selinux }, policy).job.selinux).toEqual({ mode: 'enforcing' });
    const [root] = diskPartitions({ size: 'auto', boot: 'uefi', table: 'gpt', partitions: [] }).slice(-1);
    const disk = { ...imageConfig().disk, partitions: [root!] };
    expect(() => request({ disk, formats: ['raw'] })).toThrow(
      expect.objectContaining({ code: 'IMAGE_GROW' }),
    );
    expect(request({ disk, formats: ['tar.gz'] }).job.files).toBeDefined();
  });

  it('refuses a file or script that is another one by now', () => {
    const script = { name: 's', content: { path: '/s', sha256: 'old' }, args: [], timeoutSeconds: 1 };
    const file = { path: '/a', mode: 0o644, owner: undefined, group: undefined };
    const request = (changes: Partial<ImageConfig>, digest: string) =>
      planRootfs(
        {
          ...{ config: imageConfig(changes), packages: [base], program: testProgram('1') },
          tools: { name: 'tools', key: 'key' } as unknown as Root,
        },
        { devices: [], sources: new Map([['/s', digest]]) },
      );
    const scripts = { ...imageConfig().scripts, finalize: [script] };
    const files = [{ ...file, content: { kind: 'source', source: '/s', sha256: 'old' } as const }];
    for (const changes of [{ scripts }, { files }]) {
      expect(request(changes, 'old').copies).toHaveLength(1);
      expect(() => request(changes, 'new')).toThrow('/s: it has the SHA-256 new, and old is wanted');
    }
  });

  const before: RootfsBase = {
    tar: { path: '/store/tar', sha256: 'tar' },
    manifest: { path: '/store/manifest', sha256: 'manifest' },
    ...{
      epoch: 5_000_000_000,
      hasKernel: true,
      canGrow: false,
      packages: [],
      replaced: [],
      setsHostname: false,
    },
    mounts: { keepsDisk: true, lines: [] },
    preset: undefined,
  };

  it('lets the partitions of a changed image grow as they did', () => {
    const [root] = diskPartitions({ size: 'auto', boot: 'uefi', table: 'gpt', partitions: [] }).slice(-1);
    const config = imageConfig({ disk: { ...imageConfig().disk, partitions: [root!] }, formats: ['raw'] });
    const request = (mounts: RootfsBase['mounts']) =>
      planRootfs(
        {
          ...{ config, packages: [], base: { ...before, mounts }, program: testProgram('1') },
          tools: { name: 'tools', key: 'key' } as unknown as Root,
        },
        { devices: [], sources: new Map() },
      );
    expect(request({ keepsDisk: true, lines: [] }).job.rpms).toEqual([]);
    expect(() => request({ keepsDisk: false, lines: [] })).toThrow(
      expect.objectContaining({ code: 'IMAGE_GROW' }),
    );
  });

  it('changes an image with nothing to install, and keeps its time and host name', () => {
    const { job, epoch, binds } = plan([], 'raw', before);
    expect(job.rpms).toEqual([]);
    expect(epoch).toBe(before.epoch);
    expect(job.files.map(({ path }) => path)).not.toContain('/etc/hostname');
    expect(binds.map(({ source }) => source)).toEqual(['/store/tar', '/store/manifest']);
    const named = plan([], 'raw', { ...before, setsHostname: true });
    expect(named.job.files.map(({ path }) => path)).toContain('/etc/hostname');
    const bare = { ...before, hasKernel: false };
    expect(() => plan([], 'raw', bare)).toThrow(expect.objectContaining({ code: 'IMAGE_NO_KERNEL' }));
  });

  it('tells which units are new, and has another key for another image', () => {
    const service = artifact('service', '/usr/lib/systemd/system/a.service');
    const { job, key } = plan([service], 'raw', before);
    expect(job.base?.newUnits).toEqual(['a.service']);
    const { header } = service;
    expect(plan([service], 'raw', { ...before, replaced: [header] }).job.base?.newUnits).toEqual([]);
    const other = { ...before, tar: { ...before.tar, sha256: 'other' } };
    expect(plan([service], 'raw', other).key).not.toBe(key);
    expect(plan([service, kernel], 'raw').job.base).toBeUndefined();
  });

  it('refuses two kernels, and names them', () => {
    expect(() => plan([base, kernel, other], 'raw')).toThrow(
      expect.objectContaining({
        code: 'IMAGE_KERNELS',
        message: 'trial: an image starts one kernel, not kernel and kernel-generic',
      }),
    );
    expect(() => plan([other], 'raw', { ...before, packages: [kernel.header] })).toThrow(
      expect.objectContaining({ code: 'IMAGE_KERNELS' }),
    );
  });
});
