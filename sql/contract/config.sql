-- config.yaml as tables, written anew by every step that opens the warehouse.
create schema if not exists config;

create table config.company (name varchar, locale varchar, timezone varchar, currency varchar, as_of varchar);
-- every rank of the scheme once, in the order of its first rule
create table config.rank (rank varchar, position integer);
create table config.rank_rule (position integer, rank varchar, condition varchar);
-- the kinds of interaction that hold marketing back while they are open
create table config.hold (
    kind       varchar,            -- complaint, repair
    limit_days integer             -- null: until it is resolved
);
-- every approach of the rules once, in their order, then those that only have a label
create table config.approach (approach varchar, position integer, label varchar, label_ja varchar);
create table config.approach_rule (position integer, approach varchar, condition varchar);
-- from which bound on a score from 2 to 5 is given: days since the last purchase at most; orders and net sales at least
create table config.rfm_cut (measure varchar, score integer, bound decimal(18, 2));
create table config.perk (
    perk          varchar,
    rank          varchar,
    position      integer,
    text          varchar,
    discount_rate double,
    cost          decimal(18, 2),
    limit_count   integer,         -- null: no limit
    limit_days    integer
);
create table config.campaign (
    campaign           varchar,
    title              varchar,
    position           integer,
    channel            varchar,
    purpose            varchar,
    template           varchar,
    holdout_rate       double,
    outcome            varchar,    -- sales, gross_profit, orders
    outcome_by_category boolean,   -- only sales of the category that the audience row names
    effect_window_days integer,
    cost_per_message   decimal(18, 2)
);
create table config.report (report varchar, title varchar, template varchar, recipient_count integer);
create table config.source (source varchar, table_name varchar, position integer);
create table config.job (job varchar, position integer, schedule varchar, steps varchar);
