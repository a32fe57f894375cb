-- predictions.purchase_law_fit: how often customers buy again, and how they leave: the purchase laws' parameters, and which law to believe.
-- ja:      購買回数モデル
-- grain:   law, parameter
-- params:  $as_of date, $value_days integer default 90
-- estimator: btyd_fit
-- columns:
--   law                varchar  not null  bg_nbd, mbg_nbd, pareto_nbd; nbd: their limit, where nobody leaves
--   parameter          varchar  not null  r, alpha: of the purchase rates; a, b, or s, beta: of leaving
--   value              double             alpha, beta in weeks, the others pure numbers; null: could not be fitted
--   std_error          double             null, as the covariances: not converged; a prior counts as knowledge
--   log_likelihood     double             of all histories as of $as_of
--   n                  bigint   not null  customers that it was fitted on: 10,000 of them for a law that takes an integral each
--   converged          boolean  not null
--   held_out_log_loss  double             of the forecast at $as_of - $value_days who buys again by $as_of; null: not enough data
--   is_chosen          boolean  not null  the law of predictions.customer_value; none: no law converged
--   chosen_by          varchar            held-out log loss; log-likelihood, where that is not known; nobody is seen to leave: the limit; null: not chosen
--   note               varchar            why it could not be fitted, did not converge, or needs a prior
--   covariance_1       double             of the logarithms of this parameter and the law's first
--   covariance_2       double
--   covariance_3       double
--   covariance_4       double
-- check:   law in ('bg_nbd', 'mbg_nbd', 'pareto_nbd', 'nbd')
-- check:   not converged or (value > 0 and std_error > 0 and log_likelihood is not null)
-- check:   value is not null or not is_chosen
-- check:   (chosen_by is not null) = is_chosen
-- check:   total: (select count(distinct law) <= 1 from predictions.purchase_law_fit where is_chosen)
--
-- Histories alike are one. The laws are those of Fader, Hardie, Lee (2005), Batislam, Denizel, Filiztekin (2007) and
-- Schmittlein, Morrison, Colombo (1987), by maximum likelihood; their limit nbd (Ehrenberg 1959) has nobody leave, so what it
-- foretells for ever is an upper limit. Where fewer than 30 customers bought again, nothing can be fitted. Where leaving does
-- not show in the data, or all leave alike, a likelihood rises for ever: a weak prior on the logarithms of the two parameters of
-- leaving (normal, standard deviation 1.5, around 1 and 3, for pareto_nbd around 1 and the mean age) then holds the law, and
-- its note says so. The rest is decided by how well each foretold the days that were held out.

with

histories as (
    select
        false as is_earlier,
        repeat_count,
        last_weeks,
        age_weeks,
        false as has_bought_since,
    from predictions.purchase_history

    union all

    select
        true as is_earlier,
        earlier_repeat_count as repeat_count,
        earlier_last_weeks as last_weeks,
        earlier_age_weeks as age_weeks,
        has_bought_since,
    from predictions.purchase_history
    where earlier_repeat_count is not null
)

select
    is_earlier,
    repeat_count,
    last_weeks,
    age_weeks,
    count(*) as customer_count,
    count(*) filter (has_bought_since) as buyer_count,
from histories
group by is_earlier, repeat_count, last_weeks, age_weeks
order by is_earlier, repeat_count, age_weeks, last_weeks
