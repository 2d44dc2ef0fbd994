import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DistroProfile } from '../../toolkit/domain/distro.ts';

const head = (name: string, more = '') =>
  `Name: ${name}\nVersion: 1.5\nRelease: 2%{?dist}\nSummary: x\nLicense: x\n${more}`;
const tail = '%description\nx\n%files\n';

/** A small distribution whose specs use what scanners get wrong. */
const FILES: Readonly<Record<string, string>> = {
  'SPECS/settings/macros.tree': `%tree_dir %{_prefix}/lib/tree
%tree_names() %{lua: print(require("tree.names")(rpm.expand("%{1}")))}
%tree_perl %(eval "\`perl -V:version\`"; echo $version)
`,
  'SPECS/settings/names.lua': 'return function(text) return text:upper() .. "-DATA" end\n',
  'SPECS/settings/settings.spec': `${head('settings', 'BuildArch: noarch\n')}${tail}%{tree_dir}\n`,
  'SPECS/core/core.spec': `Epoch: 1\n${head('core')}${tail}/usr/lib/core\n`,
  'SPECS/core-module/core-module.spec': `%global core_suffix _%{tree_core_version}.%{tree_core_release}
Name: core-module
Version: 3
Release: 4%{core_suffix}%{?dist}
Summary: x
License: x
BuildRequires: core-devel = %{tree_core_epoch}:%{tree_core_version}-%{tree_core_release}%{?dist}
${tail}`,
  'SPECS/core-tool/core-tool.spec': `${head('core-tool', 'Requires: core-module = %{tree_core_module_version}-%{tree_core_module_release}%{?dist}\n')}${tail}`,
  'SPECS/asks/asks.spec': `${head('asks')}Requires: perl(:MODULE_COMPAT_%{tree_perl})
Requires: py = %(python3 -c "import sys; print(sys.version_info[1])")
Requires: real = %(python3 -c "print(6 * 7)")
Provides: %{tree_names asks}
${tail}`,
  'SPECS/shared/common.inc': 'Provides: included = %{version}\n',
  'SPECS/shared/more.macros': '%loaded from-shared\n',
  'SPECS/shared/word': 'told\n',
  'SPECS/includes/includes.spec': `${head('includes')}%include %{_specdir}/../shared/common.inc
%{load:%{_specdir}/../shared/more.macros}
Provides: %{loaded}
Provides: %(cat ../shared/word)
Provides: switch-%([ -e ../shared/switch ] && echo on || echo off)
${tail}`,
  'SPECS/rich/rich.spec': `${head('rich')}Epoch: 3
BuildRequires: (a or b >= 1:2~rc1) (c if d else e)
BuildRequires: f >= 2, g < 3^git
%if 0%{?with_check}
BuildRequires: only-for-check
%endif
Requires: (x with y < 2)
Requires(post): /bin/sh
Requires(pre,postun): coreutils
Recommends: r
Suggests: s
Obsoletes: old < 1, older
Conflicts: other = 2, (k unless l)
Provides: virtual(x) = 1:2.3~beta^4
ExcludeArch: s390x ppc64le
ExclusiveArch: x86_64 aarch64
${tail}%check
true
`,
  'SPECS/parts/parts.spec': `${head('parts')}Source0: https://a.invalid/%{name}-%{version}.tar.gz
Source10: b.txt
Source2: https://a.invalid/get?x=1#/renamed.tar.gz
Patch: plain.patch
Patch100: later.patch
%description
x
%package -n elsewhere
Summary: x
BuildArch: noarch
Version: 7
%description -n elsewhere
x
%package none
Summary: x
%description none
x
%package empty
Summary: x
%description empty
x
%prep
%files
%defattr(-,root,root)
%dir %attr(0755,root,root) /usr/share/parts
"/usr/share/with blank" /usr/share/other
%config(noreplace) %verify(not md5 size) /etc/parts.conf
%lang(de) /usr/share/locale/de/*.mo
# /usr/share/comment
%exclude /usr/share/excluded
%{_bindir}/parts{,-tool}
%files -n elsewhere -f list
%doc README
%{tree_dir}/elsewhere
%files empty
`,
  'SPECS/loops/loops.spec': `${head('loops', '%global kinds red green\n')}%description
x
%{lua: for kind in rpm.expand("%{kinds}"):gmatch("%S+") do
  print("%package "..kind.."\\nSummary: x\\nRequires: loops = %{version}\\n%description "..kind.."\\nx\\n")
end}
%{expand:%{lua: for kind in rpm.expand("%{kinds}"):gmatch("%S+") do print("%files "..kind.."\\n/usr/share/"..kind.."\\n") end}}
%files
`,
  'MORE/listed/listed.spec': `${head('listed')}%description
x
%generate_buildrequires
echo z
%files
%sourcelist
https://a.invalid/one.tar.gz
two.txt
%patchlist
three.patch
`,
};

export async function writeAwkwardTree(folder: string): Promise<void> {
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Its profile. */
export function awkwardProfile(worker: string, rpmVersion: string): DistroProfile {
  const target = {
    ...{ arch: 'x86_64', distTag: '.tree9', rpmVersion },
    macros: [{ name: 'tree', body: '9' }],
  };
  return {
    name: 'awkward',
    target,
    build: { target, files: [], librariesOfWorker: false },
    ...{ releasever: '9', worker, specs: ['SPECS', 'MORE'], versionMacros: 'tree' },
    files: [
      { from: ['SPECS/settings/macros.*'], to: '/usr/lib/rpm/macros.d' },
      { from: ['SPECS/settings/*.lua'], to: '/usr/lib/rpm/lua/tree' },
    ],
    answers: [
      { program: 'perl', question: '-V:version', answer: "version='5.99.1';\n" },
      { program: 'python3', question: '*sys.version_info\\[1])', answer: '77\n' },
    ],
    prefer: new Map(),
    prebuilt: { names: [], manifests: [] },
  };
}
