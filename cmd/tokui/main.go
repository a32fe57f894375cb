// Command tokui turns a company's sales records into the right message to the right customer at the right time, and
// then proves whether it worked. `tokui --help` lists its verbs; pipelines/doc.go is the map of the program.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(mainWithSignals()) }

// mainWithSignals lets an interrupt and a stop from the system drain what is under way instead of cutting it off.
func mainWithSignals() int {
	syscall.Umask(0o077) // whatever Tokui writes may hold people's data
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}
