-- predictions.lead_fit: how much each sign of a lead that buys counts, as the leads of the past have shown.
-- ja:      見込み客スコアの重み
-- grain:   parameter
-- estimator: lead_fit
-- columns:
--   parameter         varchar  not null  intercept, or the sign
--   value             double             per unit of the sign, in log-odds; null: too few leads bought, or too few did not
--   std_error         double             null with value
--   mean              double             of the sign, over what it was fitted on; null: of the intercept
--   log_likelihood    double             null with value
--   n                 bigint   not null  windows of leads
--   conversion_count  bigint   not null  of them, in which the lead bought
--   converged         boolean  not null
--   note              varchar            why it could not be fitted
-- check:   parameter in ('intercept', 'decision_maker', 'source_logit', 'interest_log', 'response_log', 'activity_log', 'has_inquiry', 'has_open_deal', 'known_days_log')
-- check:   not converged or (value is not null and std_error > 0 and log_likelihood <= 0)
--
-- A logistic regression with a ridge (a standard deviation of 1 for the weight of a standardised sign). Each sign needs ten
-- conversions, and ten leads that did not buy: below that, logistic weights are biased (Peduzzi et al. 1996). With 50 to 79
-- the last signs in the order of the SELECT are left out (no value, and a note); with fewer nothing is fitted.

select
    has_bought::integer as has_bought,
    known_days_log,
    has_inquiry,
    activity_log,
    response_log,
    has_open_deal,
    source_logit,
    interest_log,
    decision_maker,
from predictions.lead_history
where has_bought is not null
order by contact_id, at_on
