# Net::Server, with the personality that the third argument names.
#   perl net-server.pl PORT LIMIT Fork|PreFork
use strict;
use warnings;

my ($port, $limit, $personality) = @ARGV;
@ARGV = ();    # Net::Server reads its own options there
my $base = "Net::Server::$personality";
eval "require $base" or die $@;
our @ISA = ($base);

sub process_request {
    my $self   = shift;
    my $client = $self->{server}{client};
    while (sysread $client, my $chunk, 65536) {
        for (my $done = 0; $done < length $chunk;) {
            my $written = syswrite $client, $chunk, length($chunk) - $done, $done;
            return unless defined $written;
            $done += $written;
        }
    }
}

main->run(
    host        => '127.0.0.1',
    port        => $port,
    ipv         => 4,
    listen      => 511,
    log_level   => 0,
    max_servers => $limit,
    $personality eq 'PreFork' ? (min_servers => 8, min_spare_servers => 2, max_spare_servers => 8) : (),
);
