package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines"
	"github.com/tokui/tokui/pipelines/response"
)

func (a *app) serveCommand() *cobra.Command {
	var health string
	var live bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the jobs on their schedules and answer the public endpoints, until stopped",
		Long: `Runs every job at its time. A slot missed while Tokui was down is made up for within the job's catch_up. The
configuration is read afresh before each run; where it has become invalid, the last valid one stays in force and an
alert on stderr says so.

Mail that comes back is taken in on mail.bounces.listen, and from the mailboxes of mail.bounces every few minutes.
Where tracking.listen is set, the links in mails are answered there (tokui track does that alone). /healthz answers on
--health, which should stay on the loopback address. SIGTERM and SIGINT drain: nothing new is begun, what is under way
ends.

` + exitHelp,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			program, err := a.program(cmd)
			if err != nil {
				return err
			}
			program.Live = live
			return a.serve(cmd, program, health)
		},
	}
	cmd.Flags().StringVar(&health, "health", "127.0.0.1:8090", `where /healthz answers, "" for nowhere`)
	cmd.Flags().BoolVar(&live, "live", false, "let a replay of another day than today send by SMTP")
	return cmd
}

func (a *app) serve(cmd *cobra.Command, p *pipelines.Program, health string) (err error) {
	runner, closeLedger, err := a.runner(p, a.tellStep)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := closeLedger(); err == nil {
			err = closeErr
		}
	}()
	scheduler := &jobs.Scheduler{
		Runner:     runner,
		JournalDir: p.JournalDir(),
		Reload: func(context.Context) (jobs.Set, error) {
			fresh, err := a.program(cmd)
			if err != nil {
				return jobs.Set{}, err
			}
			fresh.Live = p.Live
			return jobSet(fresh)
		},
		Alert: func(alert jobs.Alert) { a.warn("%s: %s %s: %v", alert.Kind, alert.Job, alert.Slot, alert.Err) },
	}
	group, ctx := errgroup.WithContext(cmd.Context())
	if health != "" {
		mux := http.NewServeMux()
		mux.Handle("/healthz", scheduler.HealthHandler())
		if err := a.listen(ctx, group, "health", health, mux); err != nil {
			return err
		}
	}
	if p.Config.Tracking.Listen != "" && p.Config.Tracking.Key.Reveal() != "" { // without a key no mail has a link to answer
		handler, closeResponses, err := p.Endpoints(a.publicLog())
		if err != nil {
			return err
		}
		defer func() {
			if closeErr := closeResponses(); err == nil {
				err = closeErr
			}
		}()
		if err := a.listen(ctx, group, "public endpoints", p.Config.Tracking.Listen, handler); err != nil {
			return err
		}
	}
	if err := a.serveMail(ctx, group, p); err != nil {
		return err
	}
	group.Go(func() error { return scheduler.Serve(ctx) })
	a.note("serving %d jobs; stop with SIGTERM or Ctrl-C", len(p.Config.JobNames))
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	a.note("drained")
	return nil
}

// serveMail takes in mail that comes back: what a mail server hands over, and what lies in mailboxes.
func (a *app) serveMail(ctx context.Context, group *errgroup.Group, p *pipelines.Program) error {
	b := p.Config.Mail.Bounces
	if b.Listen != "" {
		listener, err := net.Listen("tcp", b.Listen)
		if err != nil {
			return fmt.Errorf("listen for mail that comes back: %w", err)
		}
		a.note("mail that comes back by %s on %s", b.Protocol, listener.Addr())
		group.Go(func() error { return p.ReceiveMail(ctx, listener) })
	}
	if p.FetchesMail() {
		group.Go(func() error {
			ticker := time.NewTicker(b.Poll.Std())
			defer ticker.Stop()
			for {
				if _, err := p.FetchMail(ctx); err != nil && ctx.Err() == nil {
					a.warn("mail that came back could not be fetched: %v", err)
				}
				select {
				case <-ctx.Done():
					return nil
				case <-ticker.C:
				}
			}
		})
	}
	return nil
}

// listen answers HTTP until ctx ends, then lets the requests under way end.
func (a *app) listen(ctx context.Context, group *errgroup.Group, what, address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen for the %s: %w", what, err)
	}
	listener = netutil.LimitListener(listener, response.MaxConnections)
	server := response.NewServer(address, handler)
	a.note("%s on http://%s", what, listener.Addr())
	group.Go(func() error { return response.Serve(ctx, server, listener) })
	return nil
}

// tellStep writes a step of a scheduled run to stderr.
func (a *app) tellStep(r jobs.StepReport) {
	if r.State == jobs.Running {
		return
	}
	detail := r.Result.Detail
	if r.Err != nil {
		detail = firstLine(r.Err.Error())
	}
	a.note("%s %s %s %s: %s rows in %.2f s; %s", r.Run.Job, r.Run.Slot, r.Step, r.State, thousands(r.Result.Rows), r.Seconds, detail)
}
