my (%h, $n); for my $r (1 .. 4) { for my $i (1 .. 250000) { $h{"key" . ($i * 7919 % 65537)} .= chr(65 + $i % 26); } }
my $s = join ",", map { "$_=" . substr($h{$_}, 0, 12) } sort keys %h;
$n++ while $s =~ /key(\d+)=([A-M]+)/g; my %c; $c{$1}++ while $s =~ /([A-Z]{3})/g;
$s =~ s/(\d)(\d)/$2$1/g; $n += () = $s =~ /A.?B|Q+/g; print "$n ", scalar(keys %c), " ", length($s), "\n";
