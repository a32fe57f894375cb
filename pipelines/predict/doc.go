// Package predict estimates what customers will do: whether they still buy, how often, how much, when a category is due
// again, and which leads will become customers. Its files are of two kinds.
//
// An estimator takes statistics of purchase histories, finds the parameters of a model by maximum likelihood and says
// what follows from them for each customer. It is arithmetic only: it reads no file, no clock and no table, holds no
// state, and the same input gives the same bits on any number of cores (sums run over fixed chunks, added in order).
// Every fit reports its standard errors, its log-likelihood, the length of the gradient where it stopped, and whether
// that is an optimum; every prediction carries the interval that the uncertainty of the parameters leaves. A fit that
// did not arrive says so and has no intervals: "not enough data" is an answer.
//
// Purchase cycles of whole customers (files btyd_, bgnbd, paretonbd, nbd, gammagamma):
//
//   - BG/NBD: purchases at a rate of the customer's own (Gamma), after each repeat purchase the customer may leave with a
//     probability of its own (Beta). Fader, Hardie, Lee, Marketing Science 24 (2005).
//   - MBG/NBD: the same, where leaving is possible after the first purchase as well. Batislam, Denizel, Filiztekin,
//     Int. J. of Research in Marketing 24 (2007).
//   - Pareto/NBD: the customer leaves at a moment of its own, unseen. Schmittlein, Morrison, Colombo, Management Science
//     33 (1987); the likelihood as in Fader and Hardie's note of 2005, in a form that does not overflow.
//   - NBD: nobody leaves. Ehrenberg, Applied Statistics 8 (1959). The limit of the three, believed only where the data show
//     no leaving, so that none of them converges.
//   - Gamma-Gamma: the value of a purchase, independent of their number. Fader and Hardie, note 025 (2013).
//
// All three purchase models see a customer as (x, t_x, T): the repeat purchases after the first, the time of the last of
// them, and the age at the end of the observation, both since the first purchase and in one unit of the caller's choice.
// Purchases on one day are one purchase. Histories of whole days repeat, so they are grouped and weighted: a million
// customers are a hundred thousand histories.
//
// Parameters are positive, so everything is estimated, and every covariance is stated, in their logarithms.
//
// Leads (file table_lead): a logistic regression of which became customers, on windows of the past; the solver is that of
// the second stage of replacement (stack_logit).
//
// Beside the customers stand two descriptions of what they buy: trends, which tell the growth of a product's monthly sales
// from its season by a quasi-likelihood with a level for each month of the year (files trend), and cross-tabs, which test
// which customers buy what more than the others (files crosstab). Both control what is found by chance among many.
package predict
