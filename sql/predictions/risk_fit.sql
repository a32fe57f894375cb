-- predictions.risk_fit: how often things go wrong with customers, and how much customers differ in it: a beta-binomial by kind.
-- ja:      リスク率の推定
-- grain:   kind, parameter
-- params:  $risk_strength double default 10
-- estimator: risk_fit
-- columns:
--   kind            varchar  not null  as in metrics.risk_count; none of a kind that never was
--   parameter       varchar  not null  rate: the company's; strength: as how many times the rate counts beside a customer's own
--   value           double   not null  not converged: the rate of all, and $risk_strength
--   std_error       double             null, as log_likelihood: not converged
--   log_likelihood  double
--   n               bigint   not null  customers
--   converged       boolean  not null
--   note            varchar            why it did not converge
-- check:   parameter in ('rate', 'strength') and value > 0
--
-- With fewer than 30 customers of whom there is more than one case, nothing can be fitted; where customers do not differ
-- more than by chance, the likelihood has no top.

select
    kind,
    bad_count,
    trial_count,
    count(*) as customer_count,
from metrics.risk_count
group by kind, bad_count, trial_count
order by kind, bad_count, trial_count
