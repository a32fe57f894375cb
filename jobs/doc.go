// Package jobs says when things run: schedules, the run ledger, retries, catch-up after downtime, no overlap.
//
// It knows no stage of the pipelines: a job is a name, a schedule and a list of step names, and a function given from
// outside turns a step's name into what it does.
//
// # What it promises
//
//   - A run is of one job and one slot (calendar.Slot, a scheduled local wall time). Everything in it counts from the
//     slot, so a run that starts late, or twice, means the same.
//   - A slot is handled once: it ends as finished, failed or skipped, and the journal says so. A run that was interrupted
//     (signal, kill, power cut) has no such end and is taken up again under the same run id.
//   - The same job never overlaps itself. A slot that comes due meanwhile waits for the run's end.
//   - After downtime the latest missed slot of a job runs once, if it is not older than the job's catch_up; older ones are
//     recorded as skipped.
//   - One job's failure, panic, guard or timeout does not touch the others.
//   - A clock change neither loses nor repeats a slot; see Schedule.
//
// # What it reads and writes
//
// The stream "runs" of the journal, and nothing else: run.started, run.finished, run.failed, run.skipped,
// step.started, step.finished, step.failed. No personal data is written there or shown by the health endpoint. And a lock
// file for each job, which is locked while a process runs it.
package jobs
