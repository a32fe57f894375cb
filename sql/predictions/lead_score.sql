-- predictions.lead_score: how likely each lead buys for the first time within $lead_days, and what speaks for it.
-- ja:      見込み客の購入確率
-- grain:   contact_id
-- estimator: lead_score
-- columns:
--   contact_id             varchar  not null  -> core.contacts
--   probability            double             null, as all that follows: too few leads have bought to learn from
--   probability_low        double             95 % of what the fit leaves open, not the chance of one lead
--   probability_high       double
--   decision_maker_effect  double             what the sign adds to the log-odds of an average lead, as all that follows
--   source_logit_effect    double
--   interest_log_effect    double
--   response_log_effect    double
--   activity_log_effect    double
--   has_inquiry_effect     double
--   has_open_deal_effect   double
--   known_days_log_effect  double
-- check:   probability is null or (probability between 0 and 1 and probability_low <= probability and probability <= probability_high)

select
    contact_id,
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
order by contact_id, at_on
