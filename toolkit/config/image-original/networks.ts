import { type Draft, some } from './draft.ts';
import type { OriginalSystem } from './system-schema.ts';

type Path = readonly PropertyKey[];

const DEFAULT_KEY = 'file:///etc/pki/rpm-gpg/MICROSOFT-RPM-GPG-KEY';

/** Networks and package servers of the running system. */
export function translateNetworks(system: OriginalSystem, at: Path, draft: Draft): void {
  for (const [index, network] of (system.Networks ?? []).entries()) {
    const from = [...at, 'Networks', index];
    const set = draft.setter(['networks', index], from);
    set('device', some(network.Device), 'Device');
    const address = some(network.Ip);
    const method = some(network.BootProto) ?? (address === undefined ? 'dhcp' : 'static');
    // It wants an address for these two, and asks nobody else.
    set('method', method === 'bootp' || method === 'ibft' ? 'static' : method, 'BootProto');
    const mask = some(network.NetMask);
    if (address !== undefined) {
      const prefix = mask === undefined ? (address.includes(':') ? 64 : 32) : prefixLength(mask);
      set('addresses', [`${address}/${prefix}`], 'Ip');
    }
    set('gateway', some(network.GateWay), 'GateWay');
    set('dns', network.NameServer?.map((server) => server.trim()).filter(Boolean), 'NameServer');
    set('onBoot', network.OnBoot ?? false, 'OnBoot');
  }
  for (const [index, repository] of (system.PackageRepos ?? []).entries()) {
    const from = [...at, 'PackageRepos', index];
    const set = draft.setter(['repositories', index], from);
    set('name', repository.Name, 'Name');
    set('url', repository.BaseUrl, 'BaseUrl');
    set('install', repository.Install ?? false, 'Install');
    set('gpgCheck', repository.GPGCheck, 'GPGCheck');
    set('repoGpgCheck', repository.RepoGPGCheck ?? true, 'RepoGPGCheck');
    set('gpgKeys', (some(repository.GPGKeys) ?? DEFAULT_KEY).split(/[\s,]+/), 'GPGKeys');
  }
}

/** 24 of `255.255.255.0`; what is no mask gives a prefix that no address has. */
function prefixLength(mask: string): number {
  const bits = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) && bits.length === 32 ? bits.lastIndexOf('1') + 1 : 999;
}
