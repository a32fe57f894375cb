package message_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/pipelines/message"
	"github.com/tokui/tokui/templates"
)

// layer is a folder of templates with one template x, valid but for what a test changes.
func layer(change map[string]string) fs.FS {
	files := fstest.MapFS{}
	for path, text := range map[string]string{
		"x/subject.txt":     "Hello {{.contact_name}}\n",
		"x/body.txt":        "Hello {{.contact_name}}\n{{template \"footer\" .}}",
		"x/body.html":       "<p>Hello {{.contact_name}}</p>{{template \"footer\" .}}",
		"shared/footer.txt": "{{.company.name}}\n{{.company.address}}\n{{.company.contact}}\n{{.unsubscribe_url}}\n",
		"shared/footer.html": "<p>{{.company.name}}<br>{{.company.address}}<br>{{.company.contact}}" +
			"<br><a href=\"{{.unsubscribe_url}}\">out</a></p>",
	} {
		files[path] = &fstest.MapFile{Data: []byte(text)}
	}
	for path, text := range change {
		if text == "" {
			delete(files, path)
			continue
		}
		files[path] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// TestFaults holds what an author reads to the letter: place, what was got, what was wanted.
func TestFaults(t *testing.T) {
	fields := []string{"contact_id", "customer_name"}
	for _, test := range []struct {
		name   string
		change map[string]string
		want   []string
	}{
		{"unknown fields in every part, all of them", map[string]string{
			"x/subject.txt": "{{.costumer_name}}",
			"x/body.txt":    "a\nb {{if .rank}}{{date .until}}{{end}}{{template \"footer\" .}}",
			"x/body.html":   "漢字 <p>{{range .perks}}{{.txt}} {{$.nobody}}{{end}}{{.company.phone}}</p>{{template \"footer\" .}}",
		}, []string{
			"x/body.html:1:25: got the unknown field .txt of a perk, want one of .name, .text",
			"x/body.html:1:35: got the unknown field .nobody, want one of .campaign, .company, .confirm_url, .contact_id, .contact_name, .customer_name, .email, .perks, .preferences_url, .slot_date, .unsubscribe_url, .variant",
			"x/body.html:1:61: got the unknown field .phone of company, want one of .address, .contact, .name",
			"x/body.txt:2:8: got the unknown field .rank, want one of .campaign, .company, .confirm_url, .contact_id, .contact_name, .customer_name, .email, .perks, .preferences_url, .slot_date, .unsubscribe_url, .variant",
			"x/body.txt:2:22: got the unknown field .until, want one of .campaign, .company, .confirm_url, .contact_id, .contact_name, .customer_name, .email, .perks, .preferences_url, .slot_date, .unsubscribe_url, .variant",
			"x/subject.txt:1:3: got the unknown field .costumer_name, want one of .campaign, .company, .confirm_url, .contact_id, .contact_name, .customer_name, .email, .perks, .preferences_url, .slot_date, .unsubscribe_url, .variant",
		}},
		{"unknown field in a shared part", map[string]string{"shared/footer.txt": "\n{{.foo}}"},
			[]string{"shared/footer.txt:2:3: got the unknown field .foo, want one of .campaign, .company, .confirm_url, .contact_id, .contact_name, .customer_name, .email, .perks, .preferences_url, .slot_date, .unsubscribe_url, .variant"}},
		{"missing files", map[string]string{"x/body.txt": "", "x/body.html": ""},
			[]string{"x/body.txt: template x has no body.txt", "x/body.html: template x has no body.html"}},
		{"syntax", map[string]string{"x/body.html": "<p>\n{{if .contact_name}}</p>"},
			[]string{"x/body.html:2: unexpected EOF"}},
		{"unknown function", map[string]string{"x/subject.txt": "{{upper .contact_name}}"},
			[]string{`x/subject.txt:1: function "upper" not defined`}},
		{"unknown part", map[string]string{"x/body.txt": "{{template \"foot\" .}}"},
			[]string{`x/body.txt:1:12: got {{template "foot"}}, and there is no such part`}},
		{"no company in the text", map[string]string{"x/body.txt": "Hello"},
			[]string{"x/body.txt: body.txt does not show the company's name, which the law wants in every marketing mail (JP4, US1)"}},
		{"no way out in the HTML", map[string]string{"shared/footer.html": "{{.company.name}} {{.company.address}} {{.company.contact}}"},
			[]string{"x/body.html: body.html does not link to .unsubscribe_url, which the law wants in every marketing mail (JP4, US1)"}},
		{"HTML that cannot be escaped", map[string]string{"x/body.html": "<a href=\"{{if .contact_name}}x\" {{else}}y {{end}}>z</a>"},
			[]string{"x/body.html:1:15: {{if}} branches end in different contexts"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := settings("en")
			s.Fields = fields
			_, err := message.Compile([]fs.FS{layer(test.change)}, "x", s)
			var faults position.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			var got []string
			for _, f := range faults {
				got = append(got, f.Error())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestFaultsOfSettings(t *testing.T) {
	for name, change := range map[string]func(*message.Settings){
		"mail.from":         func(s *message.Settings) { s.From = "nobody" },
		"mail.reply_to":     func(s *message.Settings) { s.ReplyTo = "a@example.com\r\nBcc: b@example.com" },
		"company.name":      func(s *message.Settings) { s.Company.Name = "" },
		"company.address":   func(s *message.Settings) { s.Company.Address = " " },
		"company.contact":   func(s *message.Settings) { s.Company.Contact = "" },
		"tracking.base_url": func(s *message.Settings) { s.BaseURL = "http://r.example.com" },
		"tracking.key":      func(s *message.Settings) { s.TrackingKey = []byte("short") },
	} {
		s := settings("en")
		change(&s)
		_, err := message.Compile([]fs.FS{layer(nil)}, "x", s)
		if err == nil || !strings.Contains(err.Error(), "config.yaml: "+name) {
			t.Errorf("%s: got %v", name, err)
		}
		s.Purpose = message.Internal
		if name != "mail.from" && name != "mail.reply_to" {
			if _, err := message.Compile([]fs.FS{layer(nil)}, "x", s); err != nil {
				t.Errorf("%s, internal mail, which needs none of it: %v", name, err)
			}
		}
	}
}

func TestCompanyLayerReplaces(t *testing.T) {
	own := fstest.MapFS{
		"newsletter-a/subject.txt": {Data: []byte("Our own subject")},
		"shared/perks.txt":         {Data: []byte("OUR OWN PERKS")},
	}
	template := compile(t, []fs.FS{own, templates.FS()}, "newsletter-a", settings("ja"))
	m, err := template.Render(recipient("newsletter-a", "ja"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "Our own subject" || !strings.Contains(m.Text, "OUR OWN PERKS") || !strings.Contains(m.Text, "平素は") {
		t.Errorf("got %q and\n%s", m.Subject, m.Text)
	}
}
