package report

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// chromium is the browser, or a skip that says what to install; with TOKUI_TEST_REAL=1 the skip is a failure.
func chromium(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err == nil {
		return path
	}
	if os.Getenv("TOKUI_TEST_REAL") == "1" {
		t.Fatal("chromium is not installed; try: apt-get install chromium")
	}
	t.Skip("chromium is not installed; try: apt-get install chromium")
	return ""
}

// TestPageInChromium opens the pages as managers do: every chart is drawn, nothing is wider than a phone's screen, and
// nothing is fetched from anywhere.
func TestPageInChromium(t *testing.T) {
	browser := chromium(t)
	for _, locale := range []string{"en", "ja"} {
		page, err := os.ReadFile(filepath.Join("testdata", locale, "want", "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(page), "src=\"http") || strings.Contains(string(page), "@import") {
			t.Errorf("%s: the page fetches something", locale)
		}
		// the page's own script measures it; the result is read from the title
		measured := strings.Replace(string(page), "</body>", `<script>
			const svgs = [...document.querySelectorAll("svg")].filter(s => s.getBoundingClientRect().height > 40).length;
			document.title = "charts " + svgs + " overflow " + (document.documentElement.scrollWidth - document.documentElement.clientWidth);
		</script></body>`, 1)
		file := filepath.Join(t.TempDir(), "page.html")
		if err := os.WriteFile(file, []byte(measured), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
			"--window-size=500,900", "--dump-dom", "file://"+file).Output()
		if err != nil {
			t.Fatalf("chromium: %v", err)
		}
		_, rest, found := strings.Cut(string(out), "<title>")
		title, _, _ := strings.Cut(rest, "</title>")
		if !found || !strings.HasPrefix(title, "charts ") {
			t.Fatalf("%s: the page's script did not run: %.300s", locale, out)
		}
		if strings.HasPrefix(title, "charts 0") || !strings.HasSuffix(title, "overflow 0") {
			t.Errorf("%s: got %q, want charts that are drawn and nothing wider than the screen", locale, title)
		}
	}
}
