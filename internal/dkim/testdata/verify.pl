# Verifies signed mails with Mail::DKIM, without the DNS.
#
#   perl verify.pl RECORDS MAIL...     prints for each signature: the mail, the algorithm, and the result
#
# RECORDS has a line for each key: its name in the DNS, a tab, its TXT record. Versions of Mail::DKIM before 1.2024 know no
# Ed25519 (RFC 8463): they are taught the one step that differs, the check of the signature over the hash. All else, what
# is read, canonicalised and hashed, is theirs.
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Mail::DKIM::PublicKey;

my $records = shift @ARGV;
my %records;
open(my $lines, '<', $records) or die "$records: $!";
while (<$lines>) {
    chomp;
    my ($name, $text) = split /\t/, $_, 2;
    $records{lc $name} = $text;
}

package Record { sub new { bless {text => $_[1]} } sub type { 'TXT' } sub txtdata { $_[0]{text} } sub char_str_list { $_[0]{text} } }

package main;
no warnings qw(redefine once);
*Mail::DKIM::DNS::query = sub { my $text = $records{lc $_[0]}; return defined $text ? Record->new($text) : () };
*Mail::DKIM::DNS::query_async = sub {
    my ($name, $type, %prms) = @_;
    my @found = Mail::DKIM::DNS::query($name, $type);
    my $result = $prms{Callbacks}{Success}->(@found);
    return sub { $result };
};

unless (Mail::DKIM::Signature->new->get_algorithm_class('ed25519-sha256')) {
    require Crypt::PK::Ed25519;
    require MIME::Base64;
    require Mail::DKIM::Algorithm::rsa_sha256;
    @Ed25519::ISA = ('Mail::DKIM::Algorithm::rsa_sha256');
    *Ed25519::verify = sub {
        my $self = shift;
        my $key = Crypt::PK::Ed25519->new->import_key_raw(MIME::Base64::decode_base64($self->signature->get_public_key->data), 'public');
        return unless $key->verify_message(MIME::Base64::decode_base64($self->signature->data), $self->{header_digest}->digest);
        return $self->check_body_hash;
    };
    my $class = \&Mail::DKIM::Signature::get_algorithm_class;
    *Mail::DKIM::Signature::get_algorithm_class = sub { $_[1] eq 'ed25519-sha256' ? 'Ed25519' : $class->(@_) };
    # the key is handed to OpenSSL's RSA, and asked for its size
    my $is = sub { ($_[0]->get_tag('k') || '') eq 'ed25519' };
    my ($check, $convert) = map { Mail::DKIM::PublicKey->can($_) } qw(check convert);
    *Mail::DKIM::PublicKey::check = sub { $is->(@_) ? 1 : $check->(@_) };
    *Mail::DKIM::PublicKey::convert = sub { $is->(@_) ? $_[0]->cork(bless [], 'EdwardsKey') : $convert->(@_) };
    *EdwardsKey::size = sub { 32 };
}

for my $path (@ARGV) {
    my $verifier = Mail::DKIM::Verifier->new;
    open(my $mail, '<:raw', $path) or die "$path: $!";
    local $/;
    $verifier->PRINT(<$mail>);
    $verifier->CLOSE;
    print join("\t", $path, $_->algorithm, $_->result_detail), "\n" for $verifier->signatures;
}
