# perl: regular expressions, hashes, sorting, formats, pack, processes.
cat >a.pl <<'END'
use strict; use warnings; my (%h, @a);
for my $i (1 .. 200000) { $h{"k" . ($i * 7919 % 50021)} += $i }
print scalar(keys %h), " ", join(",", map { "$_=$h{$_}" } (sort { $h{$b} <=> $h{$a} || $a cmp $b } keys %h)[0 .. 9]), "\n";
my $f; open $f, "<", "/usr/share/perl/5.36.0/CPAN.pm" or open $f, "<", $0; local $/; my $s = <$f>;
my %w; $w{lc $1}++ while $s =~ /\b([A-Za-z]{3,})\b/g;
print "$_ $w{$_}\n" for (sort { $w{$b} <=> $w{$a} || $a cmp $b } keys %w)[0 .. 14];
my $n = () = $s =~ /(\$\w+)\s*(?:=|->)\s*(?!undef)/g; print "$n\n";
(my $x = $s) =~ s/(\w+)\s+(\w+)/$2 $1/g; print length($x), " ", unpack("%32C*", $x), "\n";
$x =~ tr/a-z/b-za/; print unpack("%32C*", $x), "\n";
print join(" ", unpack("H*", pack("NnCw/a*d<", 1, 2, 3, "abc", 1.5))), "\n";
my @s = sort { $a <=> $b } map { ($_ * 7919) % 100003 } 1 .. 50000; print "$s[0] $s[-1] $s[25000]\n";
my $r = 0; $r = ($r * 31 + ord) % 1000003 for split //, substr($s, 0, 50000); print "$r\n";
printf "%.15g %e %s %d\n", 1 / 3, 12345.678, 1e100, -17 / 4; print 2**53 + 1, " ", 0xffffffffffffffff, " ", 10 % 3, "\n";
my $o = `echo from shell`; print $o; my $pid = fork // die; if (!$pid) { exit 9 } waitpid $pid, 0; print $? >> 8, "\n";
pipe my $rd, my $wr; if (!fork) { print $wr "child\n"; close $wr; exit } close $wr; print <$rd>; wait;
$SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; 1 while 1 }; print $@;
eval { die { code => 42 } }; print $@->{code}, "\n"; print sprintf("%vd", "1.22.333"), " ", lc("ÄB"), " ", reverse("abc") . "", "\n";
my $re = qr/^(?<y>\d{4})-(?<m>\d\d)$/; "2024-05" =~ $re and print "$+{y} $+{m}\n"; print join("|", "a1b22c333" =~ /(\d+)/g), "\n";
{ use bigint; print 2**200, "\n"; } print join(",", (1) x 3, ("a" .. "e")), "\n"; use List::Util qw(sum shuffle first); print sum(1 .. 100), "\n";
use Digest::MD5 qw(md5_hex); print md5_hex($s =~ s/\s//gr), "\n"; use Time::HiRes qw(sleep); sleep 0.01; use POSIX qw(floor strftime); print floor(-1.5), strftime("%Y", gmtime 0), "\n";
END
perl a.pl; echo $?; perl -ne 'print if /import/ .. /^$/' /usr/lib/python3.11/*.py | cksum; perl -MO=Concise -e 'print 1' 2>&1 | wc -l; perl -V:archname
