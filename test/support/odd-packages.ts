/** Specs of packages that hold everything a file system can hold; their scriptlets are Lua, so no shell is needed. */

/** Folders, users and the owner of everything below. */
export const BASE_SPEC = `
Name: base
Version: 1
Release: 1
Summary: The least that an image needs
License: MIT
AutoReqProv: no
Provides: user(root), group(root), user(keeper), group(keeper)
%description
%{summary}.
%install
cd %{buildroot}
mkdir -p etc dev usr/bin usr/lib boot tmp var/cache/junk proc
ln -s usr/bin bin
printf 'root:x:0:0:root:/root:/bin/sh\\nkeeper:x:77:78::/:/bin/false\\n' > etc/passwd
printf 'root:x:0:\\nkeeper:x:78:\\nwheel:x:10:\\n' > etc/group
printf 'root:*::0:::::\\nkeeper:*::0:::::\\n' > etc/shadow
printf 'ID=trial\\n' > usr/lib/os-release
printf 0123456789abcdef0123456789abcdef > etc/machine-id
printf junk > var/cache/junk/file
%files
%dir %attr(0755,root,root) /
%dir %attr(0755,root,root) /etc
%dir %attr(0755,root,root) /dev
%dir %attr(1777,root,root) /tmp
%dir %attr(0555,root,root) /proc
/bin
/boot
%dir /usr
%dir /usr/bin
/usr/lib
/var
/etc/passwd
/etc/group
/etc/machine-id
%attr(0600,root,root) /etc/shadow
%changelog
* Tue Nov 14 2023 Test <test@example.invalid> - 1-1
- First.
`;

/** A systemctl that knows the units of its image and notes what it is asked to do with them. */
export const SYSTEMCTL_SPEC = `
Name: control
Version: 1
Release: 1
Summary: A systemctl
License: MIT
AutoReqProv: no
Requires: base
%description
%{summary}.
%install
cd %{buildroot}
mkdir -p usr/bin usr/lib/x86_64-linux-gnu usr/lib64
ln -s usr/lib64 lib64
cp -L /usr/bin/dash usr/bin/dash
cp -L /usr/lib64/ld-linux-x86-64.so.2 usr/lib64/
cp -L /usr/lib/x86_64-linux-gnu/libc.so.6 usr/lib/x86_64-linux-gnu/
cat > usr/bin/systemctl <<'END'
#!/usr/bin/dash
units=$(echo /etc/systemd/system/*.service)
echo "$* of $units" >>/control
case $* in
*preset*) exit 0 ;;
esac
for unit; do :; done
[ -f "/etc/systemd/system/$unit" ] && exit 0
echo "Unit $unit does not exist"
exit 1
END
%files
/lib64
/usr/lib64
/usr/lib/x86_64-linux-gnu
%attr(0755,root,root) /usr/bin/*
%changelog
* Tue Nov 14 2023 Test <test@example.invalid> - 1-1
- First.
`;

/** The longest name that rpm installs: it adds 9 bytes while it does. */
export const LONG_NAME = 'n'.repeat(246);

export const ODD_SPEC = `
Name: odd
Version: 1
Release: 1
Summary: What file systems can hold
License: MIT
AutoReqProv: no
Requires: base
%description
%{summary}.
%install
mkdir -p %{buildroot}/odd/dir
cd %{buildroot}/odd
printf one > first
ln first second
ln first dir/third
printf program > capable
printf program > setuid
printf owned > owned
printf long > ${LONG_NAME}
ln -s "$(printf 'x%.0s' $(seq 200))" longlink
truncate -s 3M sparse
%files
%defattr(-,root,root)
%dir /odd
%dir %attr(2750,keeper,keeper) /odd/dir
/odd/first
/odd/second
/odd/dir/third
%attr(0755,root,root) %caps(cap_net_raw=ep) /odd/capable
%attr(4711,root,root) /odd/setuid
%attr(0640,keeper,keeper) /odd/owned
/odd/${LONG_NAME}
/odd/longlink
/odd/sparse
%dev(c,1,3) %attr(0666,root,root) /dev/null
%dev(b,8,1) %attr(0660,root,keeper) /odd/block
%post -p <lua>
local file = io.open("/odd/made", "w")
file:write("by a scriptlet")
file:close()
file = io.open("/odd/caf\\233", "w")
file:write("bytes")
file:close()
%changelog
* Wed Nov 15 2023 Test <test@example.invalid> - 1-1
- First.
`;

/** Belongs to a user that nobody makes. */
export const STRAY_SPEC = `
Name: stray
Version: 1
Release: 1
Summary: A file of a user who is not there
License: MIT
AutoReqProv: no
%description
%{summary}.
%install
mkdir -p %{buildroot}/stray
printf x > %{buildroot}/stray/file
%files
%attr(0644,nobodyknows,root) /stray/file
%changelog
* Tue Nov 14 2023 Test <test@example.invalid> - 1-1
- First.
`;

/** Documentation, and files of two languages. */
export const DOCUMENTED_SPEC = `
Name: documented
Version: 1
Release: 1
Summary: What images may do without
License: MIT
AutoReqProv: no
Requires: base
%description
%{summary}.
%install
mkdir -p %{buildroot}/usr/lib/words
cd %{buildroot}/usr/lib/words
for word in de fr README; do printf word > $word; done
%files
%dir /usr/lib/words
%lang(de) /usr/lib/words/de
%lang(fr) /usr/lib/words/fr
%doc /usr/lib/words/README
%changelog
* Tue Nov 14 2023 Test <test@example.invalid> - 1-1
- First.
`;
