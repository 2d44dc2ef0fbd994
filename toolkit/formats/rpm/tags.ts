/** Tags of the main header. Source: rpm's `rpmtag.h` and docs/manual/tags.md. */
export const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  summary: 1004,
  description: 1005,
  buildTime: 1006,
  buildHost: 1007,
  size: 1009,
  vendor: 1011,
  license: 1014,
  packager: 1015,
  group: 1016,
  url: 1020,
  arch: 1022,
  oldFileNames: 1027,
  fileSizes: 1028,
  fileModes: 1030,
  fileRdevs: 1033,
  fileMtimes: 1034,
  fileDigests: 1035,
  fileLinkTos: 1036,
  fileFlags: 1037,
  fileUserName: 1039,
  fileGroupName: 1040,
  sourceRpm: 1044,
  archiveSize: 1046,
  noSource: 1051,
  noPatch: 1052,
  changelogTime: 1080,
  changelogName: 1081,
  changelogText: 1082,
  fileDevices: 1095,
  fileInodes: 1096,
  sourcePackage: 1106,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
  payloadCompressor: 1125,
  longFileSizes: 5008,
  longSize: 5009,
  fileCaps: 5010,
  fileDigestAlgo: 5011,
} as const;

/** Tags of the signature header. */
export const SIGNATURE_TAG = {
  longArchiveSize: 271,
  headerSha256: 273,
  payloadSize: 1007,
} as const;

/** Names, versions and flags of each kind of relation. */
export const RELATION_TAGS = {
  provides: { name: 1047, version: 1113, flags: 1112 },
  requires: { name: 1049, version: 1050, flags: 1048 },
  conflicts: { name: 1054, version: 1055, flags: 1053 },
  obsoletes: { name: 1090, version: 1115, flags: 1114 },
  recommends: { name: 5046, version: 5047, flags: 5048 },
  suggests: { name: 5049, version: 5050, flags: 5051 },
  supplements: { name: 5052, version: 5053, flags: 5054 },
  enhances: { name: 5055, version: 5056, flags: 5057 },
} as const;

/** Bits of a relation's flags (`rpmds.h`). */
export const SENSE = {
  less: 1 << 1,
  greater: 1 << 2,
  equal: 1 << 3,
  prereq: 1 << 6,
  scriptPre: 1 << 9,
  scriptPost: 1 << 10,
  rpmlib: 1 << 24,
} as const;

/** Bit of a file's flags: %ghost. */
export const FILE_GHOST = 1 << 6;

/** rpm's names of tags that are read nowhere else: for people. */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  62: 'HEADERSIGNATURES',
  63: 'HEADERIMMUTABLE',
  100: 'HEADERI18NTABLE',
  1021: 'OS',
  1023: 'PREIN',
  1024: 'POSTIN',
  1025: 'PREUN',
  1026: 'POSTUN',
  1045: 'FILEVERIFYFLAGS',
  1064: 'RPMVERSION',
  1065: 'TRIGGERSCRIPTS',
  1085: 'PREINPROG',
  1086: 'POSTINPROG',
  1087: 'PREUNPROG',
  1088: 'POSTUNPROG',
  1094: 'COOKIE',
  1097: 'FILELANGS',
  1122: 'OPTFLAGS',
  1124: 'PAYLOADFORMAT',
  1126: 'PAYLOADFLAGS',
  1132: 'PLATFORM',
  1140: 'FILECOLORS',
  1141: 'FILECLASS',
  1142: 'CLASSDICT',
  1143: 'FILEDEPENDSX',
  1144: 'FILEDEPENDSN',
  1145: 'DEPENDSDICT',
  5062: 'ENCODING',
  5092: 'PAYLOADDIGEST',
  5093: 'PAYLOADDIGESTALGO',
  5097: 'PAYLOADDIGESTALT',
};

const NAMES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(OTHER_NAMES).map(([tag, name]) => [Number(tag), name] as const),
  ...Object.entries(TAG).map(([name, tag]) => [tag, name.toUpperCase()] as const),
  ...Object.entries(RELATION_TAGS).flatMap(([kind, tags]) => {
    const name = kind.replace(/s$/, '').toUpperCase();
    return [
      [tags.name, `${name}NAME`],
      [tags.version, `${name}VERSION`],
      [tags.flags, `${name}FLAGS`],
    ] as const;
  }),
]);

/** rpm's name of a tag of the main header (`BUILDTIME`), or its number. */
export function tagName(tag: number): string {
  return NAMES.get(tag) ?? `tag ${tag}`;
}
