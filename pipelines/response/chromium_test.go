package response

import (
	"encoding/json"
	"html"
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

// audit measures a page as it is drawn: width, contrast of every text (WCAG 2.2, 1.4.3: 4.5 to 1), size of what is pressed
// (2.5.8: 24 px; ours 44), labels and names (3.3.2, 4.1.2), language, title and heading.
const audit = `<script>
const px = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m };
const light = ([r, g, b]) => { const f = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b) };
const back = e => { for (; e; e = e.parentElement) { const c = px(getComputedStyle(e).backgroundColor); if (c) return c } return [255, 255, 255] };
const faults = [];
for (const e of document.querySelectorAll("body *")) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
  const a = light(px(getComputedStyle(e).color)), b = light(back(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) faults.push("contrast " + ratio.toFixed(2) + " of " + e.textContent.trim().slice(0, 20));
  if (parseFloat(getComputedStyle(e).fontSize) < 14) faults.push("small text " + e.textContent.trim().slice(0, 20));
}
for (const e of document.querySelectorAll("input:not([type=hidden]), button")) {
  if (e.closest("[aria-hidden=true]")) { if (e.tabIndex !== -1) faults.push("hidden and in the way of the keyboard: " + e.name); continue }
  const target = e.closest("label") || e, box = target.getBoundingClientRect();
  if (box.height < 44 || box.width < 44) faults.push("target of " + box.width + "x" + box.height);
  if (e.tagName === "INPUT" && !(e.labels && e.labels.length && e.labels[0].textContent.trim())) faults.push("no label on " + e.name);
  if (e.tagName === "BUTTON" && !e.textContent.trim()) faults.push("no name on a button");
  if (e.type === "radio" && !e.closest("fieldset").querySelector("legend")) faults.push("no legend over " + e.name);
}
if (document.documentElement.scrollWidth > document.documentElement.clientWidth) faults.push("wider than the screen");
if (document.querySelectorAll("h1").length !== 1) faults.push("want one h1");
if (!document.documentElement.lang) faults.push("no lang");
if (!document.querySelector("main")) faults.push("no main");
parent.found["NAME"] = {dark: matchMedia("(prefers-color-scheme: dark)").matches, width: document.documentElement.clientWidth, faults};
</script></body>`

// TestPagesInChromium opens every page as a phone of 320 pixels does, by day and by night: each in a frame of that width.
func TestPagesInChromium(t *testing.T) {
	browser := chromium(t)
	var frames strings.Builder
	frames.WriteString("<script>found = {}; onload = () => { document.title = JSON.stringify(found) }</script>")
	count := 0
	for name := range pageNames() {
		for _, locale := range []string{"en", "ja"} {
			page, err := os.ReadFile(filepath.Join("testdata", "page_"+name+"_"+locale+".html"))
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Replace(string(page), "</body>", strings.Replace(audit, "NAME", name+" "+locale, 1), 1)
			frames.WriteString(`<iframe width="320" height="640" style="border:0" srcdoc="` + html.EscapeString(text) + `"></iframe>` + "\n")
			count++
		}
	}
	file := filepath.Join(t.TempDir(), "pages.html")
	if err := os.WriteFile(file, []byte("<!doctype html><title></title>"+frames.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dark := range []bool{false, true} {
		args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + t.TempDir(),
			"--force-device-scale-factor=1", "--dump-dom"}
		if dark {
			args = append(args, "--blink-settings=preferredColorScheme=0")
		}
		out, err := exec.Command(browser, append(args, "file://"+file)...).Output()
		if err != nil {
			t.Fatalf("chromium: %v", err)
		}
		_, rest, _ := strings.Cut(string(out), "<title>")
		title, _, _ := strings.Cut(rest, "</title>")
		var pages map[string]struct {
			Dark   bool
			Width  int
			Faults []string
		}
		if err := json.Unmarshal([]byte(html.UnescapeString(title)), &pages); err != nil || len(pages) != count {
			t.Fatalf("the audit did not run on all pages: got %d, want %d: %.200q", len(pages), count, title)
		}
		for name, found := range pages {
			if found.Dark != dark || found.Width < 300 || found.Width > 320 {
				t.Errorf("%s: got dark %v and %d pixels, want dark %v and a phone's width", name, found.Dark, found.Width, dark)
			}
			for _, fault := range found.Faults {
				t.Errorf("%s, dark %v: %s", name, dark, fault)
			}
		}
	}
}
