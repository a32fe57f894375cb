package dkim_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	own "github.com/tokui/tokui/internal/dkim"
)

// TestP3PerlVerifies: Perl's Mail::DKIM, an implementation that shares nothing with ours or with go-msgauth, verifies every
// header set with both kinds of key, and refuses a changed body.
func TestP3PerlVerifies(t *testing.T) {
	if err := exec.Command("perl", "-MMail::DKIM", "-MCrypt::PK::Ed25519", "-e", "1").Run(); err != nil {
		if os.Getenv("TOKUI_TEST_REAL") == "1" {
			t.Fatal("no Mail::DKIM; install libmail-dkim-perl and libcryptx-perl")
		}
		t.Skip("no Mail::DKIM; install libmail-dkim-perl and libcryptx-perl")
	}
	rsaOne, edwardsOne := keysOf()
	dir := t.TempDir()
	var records strings.Builder
	for _, k := range []own.Key{rsaOne, edwardsOne} {
		name, text, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&records, "%s\t%s\n", name, text)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{filepath.Join("testdata", "verify.pl"), write("records", records.String())}
	want := map[string]string{}
	for name, message := range headerSets() {
		signed := sign(t, crlf(message), rsaOne, edwardsOne)
		path := write(name+".eml", signed)
		args = append(args, path)
		want[path+"\trsa-sha256"], want[path+"\ted25519-sha256"] = "pass", "pass"
		if name == "marketing" {
			path := write("changed.eml", strings.Replace(signed, "44GT44KT", "44GT44Ka", 1))
			args = append(args, path)
			want[path+"\trsa-sha256"] = "fail (body has been altered)"
			want[path+"\ted25519-sha256"] = "fail (body has been altered)"
		}
	}
	out, err := exec.CommandContext(t.Context(), "perl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		parts := strings.Split(strings.TrimSpace(line), "\t")
		if len(parts) != 3 {
			t.Fatalf("got %q from Perl", line)
		}
		key := parts[0] + "\t" + parts[1]
		if want[key] != parts[2] {
			t.Errorf("%s, %s: got %s, want %s", filepath.Base(parts[0]), parts[1], parts[2], want[key])
		}
		delete(want, key)
	}
	for missing := range want {
		t.Errorf("got no word about %s", missing)
	}
}
