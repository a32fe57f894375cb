-- ops.run: what ran, when, how long, and how it ended: each run of a job, and each of its steps.
-- ja:      実行記録
-- grain:   run_id, step
-- columns:
--   run_id         varchar                   not null
--   job            varchar                             null: a step that was run by hand
--   step           varchar                   not null  '' is the run as a whole
--   state          varchar                   not null  running, finished, failed, skipped
--   started_at     timestamp with time zone            null: skipped
--   finished_at    timestamp with time zone            null: still running, or killed
--   attempt_count  bigint                    not null  starts, retries included
--   row_count      bigint                              rows that it handled
--   seconds        double                              that its last attempt took
--   detail         varchar                             the error, or why it was skipped
-- check:   state in ('running', 'finished', 'failed', 'skipped')

with

events as (
    select
        event_id,
        occurred_at,
        run_id,
        job,
        case when kind like 'step.%' then coalesce(step, '') else '' end as step,
        split_part(kind, '.', 2) as what,
        row_count,
        seconds,
        detail,
        segment,
        line,
    from ops.event
    where run_id is not null and (kind like 'run.%' or kind like 'step.%')
),

-- The journal's own order decides between events of one instant: a run writes to one file after another.
last_words as (
    select run_id, step, what, occurred_at, row_count, seconds, detail,
    from events
    qualify row_number() over (
        partition by run_id, step
        order by occurred_at desc, segment desc, line desc, event_id desc
    ) = 1
),

starts as (
    select
        run_id,
        step,
        max(job) as job,
        min(occurred_at) filter (where what = 'started') as started_at,
        count(*) filter (where what = 'started') as attempt_count,
    from events
    group by run_id, step
)

select
    starts.run_id,
    starts.job,
    starts.step,
    case last_words.what when 'started' then 'running' else last_words.what end as state,
    starts.started_at,
    case when last_words.what <> 'started' then last_words.occurred_at end as finished_at,
    starts.attempt_count,
    last_words.row_count,
    last_words.seconds,
    last_words.detail,
from starts
inner join last_words
    on last_words.run_id = starts.run_id and last_words.step = starts.step
