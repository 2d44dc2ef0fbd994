# Says what a root that was not made of RPMs provides, one capability a line; run in that root.
# rpm's own generators say it where there is one.
set -eu
{
  # Where ld.so looks, by itself or through its configuration.
  for folder in /lib /usr/lib /lib64 /usr/lib64 $(cat /etc/ld.so.conf.d/*.conf | grep '^/'); do
    [ -d "$folder" ] && find -L "$folder" -maxdepth 1 -name '*.so*' -type f
  done
} | xargs -n 1 readlink -f | sort -u >/tmp/libraries
/usr/lib/rpm/rpmdeps --provides </tmp/libraries

# rpm's file attribute knows one libdir; Debian has one an architecture.
for folder in /usr/lib/*/pkgconfig /usr/lib/pkgconfig /usr/share/pkgconfig; do
  if [ -d "$folder" ]; then
    find "$folder" -name '*.pc' | sort | /usr/lib/rpm/pkgconfigdeps.sh --provides
  fi
done

# rpm 4.20 comes without a generator for Perl.
perl -MModule::Metadata -MFile::Find -MCwd=realpath -e '
  my %seen;
  find({ no_chdir => 1, wanted => sub {
    return unless /\.pm$/ && -f;
    my $metadata = Module::Metadata->new_from_file($_) or return;
    for my $package (grep { $_ ne "main" && !/^_|::_/ } $metadata->packages_inside) {
      my $version = $metadata->version($package);
      $seen{"perl($package)"} = defined $version ? " = " . $version->stringify : "";
    }
  } }, map { realpath($_) } grep { -d } @INC);
  print "$_$seen{$_}\n" for sort keys %seen;
'

for folder in /usr/bin /usr/sbin; do
  find "$folder" -mindepth 1 -maxdepth 1 | sed 'p; s,^/usr,,'
done

# Headers of libraries, for what a build compiles to run itself.
find /usr/include /usr/include/*-linux-gnu -maxdepth 1 -name '*.h' -printf '/usr/include/%f\n' | sort -u

cut -d: -f1 /etc/passwd | sed 's/.*/user(&)/'
cut -d: -f1 /etc/group | sed 's/.*/group(&)/'
if command -v python3 >/dev/null; then
  python3 -c 'import sys; print("python(abi) = %d.%d" % sys.version_info[:2])'
fi
# Every ELF package requires it and no generator provides it.
echo 'rtld(GNU_HASH)'
