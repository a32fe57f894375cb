-- predictions.spend_fit: what a purchase is worth, and how customers differ in it: the parameters of Gamma-Gamma.
-- ja:      購買単価モデル
-- grain:   parameter
-- estimator: gamma_gamma_fit
-- columns:
--   parameter       varchar  not null  p: of single purchases; q, gamma: of customers
--   value           double             gamma in the company's currency; null: could not be fitted
--   std_error       double             null, as the covariances: not converged
--   log_likelihood  double
--   n               bigint   not null  customers who bought again
--   converged       boolean  not null
--   note            varchar            why it could not be fitted, or did not converge
--   covariance_1    double             of the logarithms of this parameter and p
--   covariance_2    double             and q
--   covariance_3    double             and gamma
-- check:   parameter in ('p', 'q', 'gamma')
-- check:   not converged or (value > 0 and std_error > 0 and log_likelihood is not null)
--
-- Fader and Hardie, note 025 (2013), on the mean of the repeat purchases. It supposes that the value of a purchase does not
-- depend on how often one buys. With fewer than 30 customers who bought again, nothing can be fitted.

select
    repeat_count,
    repeat_amount_mean,
    count(*) as customer_count,
from predictions.purchase_history
where repeat_amount_mean is not null
group by repeat_count, repeat_amount_mean
order by repeat_count, repeat_amount_mean
