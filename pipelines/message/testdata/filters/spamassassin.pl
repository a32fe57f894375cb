# Scores each mail named, with the rules that came with SpamAssassin and no network: file, score, tests hit.
use strict;
use warnings;
use Mail::SpamAssassin;

my $state = shift @ARGV;
my $filter = Mail::SpamAssassin->new({
    local_tests_only => 1, dont_copy_prefs => 1, userprefs_filename => '/dev/null', userstate_dir => $state,
});
for my $file (@ARGV) {
    open my $in, '<:raw', $file or die "$file: $!";
    my $mail = $filter->parse(do { local $/; <$in> });
    my $status = $filter->check($mail);
    printf "%s\t%.1f\t%s\n", $file, $status->get_score, $status->get_names_of_tests_hit;
    $status->finish;
    $mail->finish;
}
