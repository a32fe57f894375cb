package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/pipelines/response"
)

// trackKeys names the environment variable with the keys.
const trackKeys = "TOKUI_TRACKING_KEY"

// trackFlags are all that the public endpoints know, apart from their keys.
type trackFlags struct {
	spool, listen, health, keyFile string
	company, contact, locale       string
	topics, proxies                []string
}

func (a *app) trackCommand() *cobra.Command {
	var f trackFlags
	cmd := &cobra.Command{
		Use:   "track",
		Short: "Answer the public endpoints alone: with the key and a folder, on a machine that holds nothing else",
		Long: `Answers the links in mails as tokui serve does: unsubscribing, preferences, confirmations, clicks and opens. It reads no
config.yaml, has no database and knows no customer: whoever breaks into this machine finds keyed hashes. Every answer is
on the disk before it is given, in the spool folder, where collect takes it from (tracking.spool, or a copy of the
folder that is brought there by any means).

The key is tracking.key of config.yaml: in the environment variable ` + trackKeys + ` or in a file, one a line where a
key was replaced, the current one first. Put a proxy with TLS in front; docs/responses.md has examples.

  ` + trackKeys + `=... tokui track --spool /var/lib/tokui/spool --company "Example Ltd" --contact info@example.com

` + exitHelp,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.track(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.spool, "spool", "", "the folder that is written to (required)")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080", "where the links are answered")
	flags.StringVar(&f.health, "health", "", `where /healthz answers, "" for nowhere`)
	flags.StringVar(&f.keyFile, "key-file", "", "a file with the keys, instead of "+trackKeys)
	flags.StringVar(&f.company, "company", "", "the company's name, as the pages show it")
	flags.StringVar(&f.contact, "contact", "", "where to ask, as the pages show it")
	flags.StringVar(&f.locale, "locale", "ja", "the language of the pages: ja or en")
	flags.StringArrayVar(&f.topics, "topic", nil, "a topic of the preference page, NAME=LABEL as topics of config.yaml has it; may be repeated")
	flags.StringArrayVar(&f.proxies, "trusted-proxy", []string{"127.0.0.0/8", "::1/128"}, "an address or network whose X-Forwarded-For is believed; may be repeated")
	return cmd
}

// public turns the flags into what the endpoints are made of.
func (f trackFlags) public(log *slog.Logger) (response.Public, error) {
	p := response.Public{
		Dir:    f.spool,
		Sender: response.Sender{Company: f.company, Contact: f.contact, Locale: f.locale},
		Now:    time.Now,
		Log:    log,
	}
	if f.spool == "" {
		return p, usagef("got no --spool, want the folder to write to; try: tokui track --help")
	}
	if f.locale != "ja" && f.locale != "en" {
		return p, usagef("--locale: got %q, want ja or en", f.locale)
	}
	for _, text := range f.topics {
		name, label, found := strings.Cut(text, "=")
		if !found || name == "" || label == "" || strings.ContainsAny(name, ", ") {
			return p, usagef("--topic: got %q, want NAME=LABEL", text)
		}
		p.Sender.Topics = append(p.Sender.Topics, response.Topic{Name: name, Label: label})
	}
	for _, text := range f.proxies {
		network, err := config.Network(text)
		if err != nil {
			return p, usagef("--trusted-proxy: got %q, want an address or a network such as 10.0.0.0/8", text)
		}
		p.Trusted = append(p.Trusted, network)
	}
	text := []byte(os.Getenv(trackKeys))
	if f.keyFile != "" {
		var err error
		if text, err = os.ReadFile(f.keyFile); err != nil {
			return p, usagef("--key-file: %v", err)
		}
	}
	for _, line := range bytes.Split(text, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			p.Keys = append(p.Keys, line)
		}
	}
	if len(p.Keys) == 0 {
		return p, usagef("got no key, want tracking.key of config.yaml in %s or --key-file", trackKeys)
	}
	return p, nil
}

func (a *app) track(cmd *cobra.Command, f trackFlags) (err error) {
	public, err := f.public(a.publicLog())
	if err != nil {
		return err
	}
	handler, closeStreams, err := public.OpenSpool()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStreams()) }()
	group, ctx := errgroup.WithContext(cmd.Context())
	if f.health != "" {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
		if err := a.listen(ctx, group, "health", f.health, mux); err != nil {
			return err
		}
	}
	if err := a.listen(ctx, group, "public endpoints", f.listen, handler); err != nil {
		return err
	}
	a.note("writing to %s; stop with SIGTERM or Ctrl-C", f.spool)
	if err := group.Wait(); err != nil {
		return err
	}
	a.note("drained")
	return nil
}

// publicLog tells what goes wrong at the public endpoints: never a token, an address or who asked.
func (a *app) publicLog() *slog.Logger { return slog.New(slog.NewTextHandler(a.stderr, nil)) }
