package message_test

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/pipelines/message"
	"github.com/tokui/tokui/templates"
)

// company is a layer above the built-in templates: a body of its own, a part that takes the place of one, another that
// only the Japanese locale has, and files that a template of another name reads.
func company() fstest.MapFS {
	files := fstest.MapFS{}
	for path, text := range map[string]string{
		"replace-soon/body.txt":    "{{.customer_name}}\r\n{{template \"greeting\" .}}\r\n{{template \"footer\" .}}\r\n",
		"shared/greeting.txt":      "Yours since {{date .last_ordered_on}}",
		"shared/greeting.ja.txt":   "{{date .last_ordered_on}}より",
		"shared/only.ja.txt":       "日本語だけ",
		"shared/perks.txt":         "{{range .perks}}* {{.name}}\n{{end}}",
		"another/body.txt":         "another",
		"replace-soon/body.fr.txt": "bonjour",
		"replace-soon/README.md":   "no template",
	} {
		files[path] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// TestFilesAreAllThatCompileReads: from them alone come the same bytes, also after every template was edited.
func TestFilesAreAllThatCompileReads(t *testing.T) {
	own := company()
	layers := []fs.FS{own, templates.FS()}
	for campaign := range audience {
		for _, locale := range []string{"en", "ja"} {
			t.Run(campaign+"."+locale, func(t *testing.T) {
				render := func(layers []fs.FS) []byte {
					m, err := compile(t, layers, campaign, settings(locale)).Render(recipient(campaign, locale))
					if err != nil {
						t.Fatal(err)
					}
					return m.Raw
				}
				want := render(layers)
				files, err := message.Files(layers, campaign, locale)
				if err != nil {
					t.Fatal(err)
				}
				kept := fstest.MapFS{}
				for path, text := range files {
					kept[path] = &fstest.MapFile{Data: text}
				}
				if got := render([]fs.FS{kept}); !bytes.Equal(got, want) {
					t.Errorf("got from the files alone\n%s\nwant\n%s", got, want)
				}
				for path := range kept { // there is none too many: without it another would be read, or none
					if strings.HasPrefix(path, campaign+"/") {
						less := maps.Clone(kept)
						delete(less, path)
						if _, err := message.Compile([]fs.FS{less}, campaign, settings(locale)); err == nil {
							t.Errorf("without %s: got no error", path)
						}
					}
				}
				again, err := message.Files([]fs.FS{kept}, campaign, locale)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(files, again); diff != "" {
					t.Errorf("the files' files (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestFilesOfALayeredTemplate(t *testing.T) {
	for locale, want := range map[string][]string{
		"en": {"replace-soon/body.html", "replace-soon/body.txt", "replace-soon/subject.txt", "shared/footer.html",
			"shared/footer.txt", "shared/greeting.txt", "shared/header.html", "shared/perks.html", "shared/perks.txt", "shared/preheader.html"},
		// the company's body.txt is for every locale, so it comes before the built-in body.ja.txt; so do its perks
		"ja": {"replace-soon/body.ja.html", "replace-soon/body.txt", "replace-soon/subject.ja.txt", "shared/footer.ja.html",
			"shared/footer.ja.txt", "shared/greeting.ja.txt", "shared/header.ja.html", "shared/only.ja.txt", "shared/perks.html",
			"shared/perks.txt", "shared/preheader.html"},
	} {
		files, err := message.Files([]fs.FS{company(), templates.FS()}, "replace-soon", locale)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(files))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", locale, diff)
		}
	}
}

func TestFilesOfNoTemplate(t *testing.T) {
	_, err := message.Files([]fs.FS{company(), templates.FS()}, "another", "en")
	if err == nil || !strings.Contains(err.Error(), "template another has no subject.txt") {
		t.Errorf("got %v, want the missing file named", err)
	}
}

// TestPreviewCarriesNoToken: a preview is the message as it will be sent, but for its link.
func TestPreviewCarriesNoToken(t *testing.T) {
	layers := []fs.FS{templates.FS()}
	s := settings("en")
	s.BaseURL += "/mail/"
	sent, err := compile(t, layers, "revive", s).Render(recipient("revive", "en"))
	if err != nil {
		t.Fatal(err)
	}
	s.Preview = true
	preview, err := compile(t, layers, "revive", s).Render(recipient("revive", "en"))
	if err != nil {
		t.Fatal(err)
	}
	const link = "https://r.example.com/mail/u/preview"
	var lives []string
	for _, path := range []string{"https://r.example.com/mail/u/", "https://r.example.com/mail/p/"} {
		_, rest, ok := strings.Cut(sent.Text, path)
		if !ok {
			t.Fatalf("got no link to %s in\n%s", path, sent.Text)
		}
		lives = append(lives, path+rest[:strings.IndexAny(rest, " \n")], path+"preview")
	}
	live, dead := lives[0], strings.NewReplacer(lives...)
	for _, part := range []struct{ name, sent, preview string }{
		{"text", sent.Text, preview.Text},
		{"HTML", sent.HTML, preview.HTML},
		{"headers", headersOf(sent), headersOf(preview)},
	} {
		if strings.Contains(part.preview, live) || !strings.Contains(part.preview, link) {
			t.Errorf("%s: got a live token, or no %s", part.name, link)
		}
		if diff := cmp.Diff(dead.Replace(part.sent), part.preview); diff != "" {
			t.Errorf("%s (-sent +preview):\n%s", part.name, diff)
		}
	}
}

func headersOf(m message.Message) string {
	headers, _, _ := bytes.Cut(m.Raw, []byte("\r\n\r\n"))
	return strings.ReplaceAll(string(headers), "\r\n ", " ")
}

// TestPreviewIsHeldToTheLaw: a template without the link is refused as it is for sending.
func TestPreviewIsHeldToTheLaw(t *testing.T) {
	s := settings("en")
	s.Preview = true
	own := fstest.MapFS{"revive/body.txt": {Data: []byte("{{.company.name}} {{.company.address}} {{.company.contact}}")}}
	_, err := message.Compile([]fs.FS{own, templates.FS()}, "revive", s)
	if err == nil || !strings.Contains(err.Error(), "does not show .unsubscribe_url") {
		t.Errorf("got %v, want the missing link named", err)
	}
}
