import { describe, expect, it } from 'vitest';
import type { RpmArtifact } from '../../../toolkit/domain/package.ts';
import type { Root } from '../../../toolkit/domain/ports.ts';
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

function plan(packages: readonly RpmArtifact[], format: 'raw' | 'tar.gz') {
  const config = imageConfig({ formats: [format] });
  const tools = { name: 'tools', key: 'key' } as unknown as Root;
  return planRootfs(
    { config, packages, tools, program: testProgram('1') },
    { devices: [], sources: new Map() },
  );
}

describe('planRootfs', () => {
  it('wants a kernel only where the image is to be booted', () => {
    expect(() => plan([base], 'raw')).toThrow(expect.objectContaining({ code: 'IMAGE_NO_KERNEL' }));
    expect(plan([base], 'tar.gz').job.rpms).toHaveLength(1);
    expect(plan([base, kernel], 'raw').job.rpms).toHaveLength(2);
  });

  it('refuses two kernels, and names them', () => {
    expect(() => plan([base, kernel, other], 'raw')).toThrow(
      expect.objectContaining({
        code: 'IMAGE_KERNELS',
        message: 'trial: an image starts one kernel, not kernel and kernel-generic',
      }),
    );
  });
});
