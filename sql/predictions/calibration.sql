-- predictions.calibration: whether the probabilities of each forecast may be read as numbers, by its latest backtest.
-- ja:      予測精度の検証
-- grain:   model
-- params:  $as_of date, $due_days integer default 30, $dormant_within_days integer default 90, $value_days integer default 90
-- columns:
--   model              varchar  not null  replacement, purchase, customer_value
--   model_table        varchar  not null  where its numbers are: predictions.replacement …
--   used_days          integer  not null  how many days ahead its numbers look now
--   at_on              date               the last day that was known in the backtest; null, as what follows: not backtested yet
--   until_on           date               the last day that it was scored by
--   horizon_days       integer            how many days ahead it looked there: used_days, where there is such a backtest
--   row_count          bigint             what was foretold: pairs of customer and category, or customers
--   event_count        bigint             of them came
--   predicted_count    double             sum of the probabilities
--   ratio              double             predicted_count by event_count, 1 is right; null too: nobody came
--   auc                double
--   top_decile_lift    double
--   calibration_error  double
--   is_flagged         boolean  not null  outside of 0.8 to 1.25, by more than chance: it ranks, its numbers are no numbers
--   reason             varchar  not null  for people, in English
--   reason_ja          varchar  not null
-- check:   model in ('replacement', 'purchase', 'customer_value')
-- check:   not is_flagged or ratio is not null
-- check:   until_on is null or until_on < $as_of::date
--
-- Of the backtests that were over by $as_of, the newest that looked as far ahead as the numbers do now; else the newest.

with

forecasts as (
    select
        'replacement' as model,
        'predictions.replacement' as model_table,
        $due_days::int as used_days,

    union all

    select
        'purchase' as model,
        'predictions.purchase' as model_table,
        $dormant_within_days::int as used_days,

    union all

    select
        'customer_value' as model,
        'predictions.customer_value' as model_table,
        $value_days::int as used_days,
),

backtests as (
    select
        at_on,
        until_on,
        horizon_days,
        model_table,
        row_count,
        event_count,
        predicted_count,
        ratio,
        auc,
        top_decile_lift,
        calibration_error,
        is_flagged,
    from ops.backtest
    where model_table is not null and repeats = '' and until_on < $as_of::date
),

latest as (
    select
        forecasts.model,
        forecasts.model_table,
        forecasts.used_days,
        backtests.at_on,
        backtests.until_on,
        backtests.horizon_days,
        backtests.row_count,
        backtests.event_count,
        backtests.predicted_count,
        backtests.ratio,
        backtests.auc,
        backtests.top_decile_lift,
        backtests.calibration_error,
        coalesce(backtests.is_flagged, false) as is_flagged,
    from forecasts
    left join backtests
        on backtests.model_table = forecasts.model_table
    qualify row_number() over (
        partition by forecasts.model
        order by
            backtests.horizon_days = forecasts.used_days desc nulls last,
            backtests.at_on desc nulls last,
            abs(backtests.horizon_days - forecasts.used_days),
            backtests.horizon_days
    ) = 1
),

worded as (
    select
        model,
        format('in the {} days after {} it foretold {:.2f} times what came', horizon_days, at_on, ratio) as foretold,
        format(
            '{}時点の予測は、その後{}日間の実績の{:.2f}倍',
            strftime(at_on, '%Y年%-m月%-d日'), horizon_days, ratio
        ) as foretold_ja,
    from latest
)

select
    latest.model,
    latest.model_table,
    latest.used_days,
    latest.at_on,
    latest.until_on,
    latest.horizon_days,
    latest.row_count,
    latest.event_count,
    latest.predicted_count,
    latest.ratio,
    latest.auc,
    latest.top_decile_lift,
    latest.calibration_error,
    latest.is_flagged,
    case
        when latest.at_on is null then 'not backtested yet; try: tokui backtest'
        when latest.ratio is null
            then format('nobody bought in the {} days after {}: nothing to compare with', latest.horizon_days, latest.at_on)
        when latest.is_flagged then concat(worded.foretold, ': use its probabilities to rank, not as numbers')
        else concat(worded.foretold, ': its probabilities may be read as numbers')
    end as reason,
    case
        when latest.at_on is null then '検証（バックテスト）はまだ行われていません（tokui backtest で実行できます）'
        when latest.ratio is null
            then format(
                '{}からの{}日間は購入がなく、検証できませんでした',
                strftime(latest.at_on + 1, '%Y年%-m月%-d日'), latest.horizon_days
            )
        when latest.is_flagged
            then concat(worded.foretold_ja, 'と大きくずれました。確率は順位付けにだけ使い、数値としては使わないでください')
        else concat(worded.foretold_ja, 'でした。確率は数値としてそのまま使えます')
    end as reason_ja,
from latest
inner join worded
    on worded.model = latest.model
order by latest.model
