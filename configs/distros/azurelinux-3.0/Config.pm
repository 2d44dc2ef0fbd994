# /etc/perl/Config.pm of the root that packages of Azure Linux are built in, before Debian's own in @INC: perl is
# Debian's, but modules go where Azure Linux has them, and are found there.
package Config;

use strict;
use warnings;

my $file = (grep { -e "$_/Config.pm" } grep { $_ ne '/etc/perl' } @INC)[0] . '/Config.pm';
{
    no warnings 'redefine';
    do $file or die "$file: ", $@ || $!;
}
# What a program sees is read-only; the object behind it is not.
my $config = tied %Config::Config;
my %azure = (
    vendorprefix  => '/usr',
    vendorlib     => '/usr/share/perl5/vendor_perl',
    vendorarch    => '/usr/lib/perl5/vendor_perl',
    vendorlibexp  => '/usr/share/perl5/vendor_perl',
    vendorarchexp => '/usr/lib/perl5/vendor_perl',
    installvendorlib  => '/usr/share/perl5/vendor_perl',
    installvendorarch => '/usr/lib/perl5/vendor_perl',
    man1ext => '1',
    man3ext => '3pm',
);
$config->{$_} = $azure{$_} for keys %azure;

1;
