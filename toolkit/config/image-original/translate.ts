import { Secret } from '../../domain/image-config/secret.ts';
import { nearestName } from '../../domain/nearest.ts';
import { type ConfigDocument, type ConfigProblem, checkDocument } from '../image-document.ts';
import { translateAccounts } from './accounts.ts';
import { checkOriginal } from './check.ts';
import { translateDisks } from './disk.ts';
import { Draft } from './draft.ts';
import { foldDocument } from './fold.ts';
import { translateNetworks } from './networks.ts';
import { type OriginalConfig, originalSchema } from './schema.ts';
import { type ConfigSecrets, type Disclosed, NO_SECRETS } from './secrets.ts';
import { translateSystem } from './system.ts';
import type { OriginalSystem } from './system-schema.ts';

/** Whether a document is a configuration of the Azure Linux toolkit: our own form has no such key. */
export function isOriginal({ value }: ConfigDocument): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).some((key) => ['systemconfigs', 'disks'].includes(key.toLowerCase()));
}

/**
 * Turns a configuration of the Azure Linux toolkit into our own form: the system that is called `wanted`, else
 * the default one. The places of the document that is returned are those of the original.
 */
export function translateOriginal(
  document: ConfigDocument,
  wanted: string | undefined,
): Disclosed<ConfigDocument> & { readonly otherSystems: readonly string[] } {
  const folded = foldDocument(document, originalSchema);
  const { value, problems } = checkDocument(folded, originalSchema);
  const chosen = value === undefined ? undefined : chooseSystem(value, wanted);
  const draft = new Draft();
  const found = [...problems];
  if (value !== undefined) {
    found.push(...checkOriginal(value, folded));
    if (chosen === undefined) found.push(unknownSystem(value, wanted, folded));
    else translate(value, value.SystemConfigs[chosen]!, ['SystemConfigs', chosen], draft);
  }
  return {
    document: {
      file: document.file,
      problems: found,
      value: draft.value,
      problemAt: (path, message) => folded.problemAt(draft.origin(path), message),
      problemAtKey: (path, key, message) => folded.problemAt(draft.origin([...path, key]), message),
      replaces: () => false,
    },
    secrets: chosen === undefined ? NO_SECRETS : secretsOf(value!.SystemConfigs[chosen]!),
    holdsSecrets: value?.SystemConfigs.some(hasSecrets) ?? false,
    otherSystems: (value?.SystemConfigs ?? []).flatMap(({ Name }, index) => (index === chosen ? [] : [Name])),
  };
}

function translate(
  config: OriginalConfig,
  system: OriginalSystem,
  at: readonly PropertyKey[],
  draft: Draft,
): void {
  // A configuration has no release version of its own: what is laid over it may give one.
  draft.set(['version'], '1.0', []);
  translateSystem(system, at, draft);
  translateAccounts(system, at, draft);
  translateNetworks(system, at, draft);
  translateDisks(config, system, at, draft);
  const emits = 'formats' in draft.value || (config.Disks ?? []).some(hasPartitionArtifacts);
  if (!emits || system.IsIsoInstall)
    draft.set(['installer', 'kickstart'], system.IsKickStartBoot ?? false, at);
}

function hasPartitionArtifacts({ Partitions = [] }: NonNullable<OriginalConfig['Disks']>[number]): boolean {
  return Partitions.some(({ Artifacts = [] }) => Artifacts.length > 0);
}

function chooseSystem({ SystemConfigs }: OriginalConfig, wanted: string | undefined): number | undefined {
  const index = SystemConfigs.findIndex(({ Name, IsDefault }) =>
    wanted === undefined ? IsDefault === true : Name === wanted,
  );
  if (index >= 0) return index;
  return wanted === undefined ? 0 : undefined;
}

function unknownSystem(
  { SystemConfigs }: OriginalConfig,
  wanted = '',
  document: ConfigDocument,
): ConfigProblem {
  const names = SystemConfigs.map(({ Name }) => Name);
  const nearest = nearestName(wanted, names);
  const advice = nearest === undefined ? `known are ${names.join(', ')}` : `did you mean '${nearest}'?`;
  return document.problemAt(['SystemConfigs'], `there is no system configuration '${wanted}'; ${advice}`);
}

/** Also of what is not asked for. */
function hasSecrets(system: OriginalSystem): boolean {
  return secretsOf(system).users.size > 0 || Boolean(system.Encryption?.Password);
}

function secretsOf({ Users = [], Encryption }: OriginalSystem): ConfigSecrets {
  const plain = Users.filter(({ PasswordHashed, Password }) => !PasswordHashed && Password);
  return {
    users: new Map(plain.map(({ Name, Password }) => [Name, new Secret(Password!)])),
    encryption: Encryption?.Enable && Encryption.Password ? new Secret(Encryption.Password) : undefined,
  };
}
