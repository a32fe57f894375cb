-- The staging of the journal, the editions and the backtests: what `collect` reads from var/journal, var/editions and
-- var/backtests. Only ops models read it. No addresses here.
create schema if not exists journal;

create table journal.event (
    event_id    varchar,           -- unique; a repeated import has the same one
    kind        varchar,           -- see internal/journal
    "at"        timestamptz,       -- evidence only; windows count from slots
    campaign    varchar,           -- campaign or report; null where the event belongs to none
    slot        varchar,
    message_key varchar,
    contact_key varchar,
    address_key varchar,
    channel     varchar,
    scope       varchar,           -- of a suppression: marketing, all
    run_id      varchar,
    job         varchar,
    step        varchar,
    code        integer,           -- SMTP reply code
    enhanced    varchar,           -- enhanced status code
    detail      varchar,           -- reply text, error, reason
    amount      decimal(18, 2),    -- of an imported response
    row_count   bigint,
    seconds     double,
    basis       varchar,           -- of a consent: consent, notified, business, published
    method      varchar,           -- how it was given
    source      varchar,           -- the screen or paper it was given on
    wording     varchar,           -- hash of the text shown
    until       timestamptz,       -- end of a pause, or of the time in which an opt-in may be confirmed
    refused     varchar,           -- topics that a preference leaves out, between commas
    every_days  integer,           -- least days between two marketing messages, as a preference says
    link        integer,           -- of a click: which link of the message, from 1
    agent       varchar,           -- of an open, click or probe: the class of program that asked
    network     varchar,           -- keyed hash of the network it asked from, another one each day
    segment     varchar,
    line        bigint
);

create table journal.edition (
    campaign  varchar,
    slot      varchar,
    kind      varchar,             -- campaign, report
    channel   varchar,
    purpose   varchar,
    slot_at   timestamptz,
    slot_on   date,
    as_of_on  date,                -- of the tables it was planned from
    outcome   varchar,
    outcome_by_category boolean,
    effect_window_days integer,
    cost_per_message decimal(18, 2),
    holdout_rate double,           -- of the draw, as frozen
    considered bigint,
    excluded  bigint,
    held_out  bigint,
    planned   bigint
);

-- everyone considered, one row a contact (or a customer, for lists)
create table journal.plan (
    campaign    varchar,
    slot        varchar,
    message_key varchar,
    contact_key varchar,
    unit        varchar,           -- what the draw was of: customer:ID, or contact:KEY for a lead
    customer_id varchar,           -- null for a lead
    rank        varchar,           -- as mailed
    category    varchar,           -- the audience row's category, where it has one
    arm         varchar,           -- excluded, held_out, planned
    variant     varchar,
    reason      varchar,           -- of an exclusion; of a planned row, why the sender withholds it
    basis       varchar,           -- on which ground marketing may be sent: consent, notified, business, published
    evidence    varchar            -- the line of the consent ledger that shows it
);

-- which contact stands behind a key; rows that `forget` has erased are missing
create table journal.recipient (
    campaign    varchar,
    slot        varchar,
    message_key varchar,
    contact_id  varchar,
    address_key varchar            -- keyed hash of the address
);

-- the keyed hashes of every contact and its address, for events that name a person and no message
create table journal.contact (
    contact_id  varchar,
    contact_key varchar,
    address_key varchar            -- null: no address
);

-- core.consents with the keyed hash of the contact and the id of the line in the consent ledger that says the same
create table journal.consent (
    contact_id  varchar,
    contact_key varchar,
    channel     varchar,
    granted_at  timestamptz,
    granted     boolean,
    basis       varchar,
    method      varchar,
    proof       varchar,
    evidence    varchar
);

-- how forecasts of past days did, from var/backtests; nobody is named in it
create table journal.backtest (
    file         varchar,
    at_on        date,             -- the last day that was known to the forecasts
    horizon_days integer,          -- how many days after it they were about
    until_on     date,             -- the last of them
    position     integer,          -- in which the models are told
    subject      varchar,          -- pair (of customer and category), customer
    model        varchar,
    model_table  varchar,          -- where the product keeps these numbers; null of what it is only compared with
    note         varchar,
    repeats      varchar,          -- '': all; else those who had bought again so often: 0, 1, 2-3, 4-7, 8+
    row_count    bigint,
    event_count  bigint,
    auc          double,
    auc_error    double,
    top_decile_lift double,
    log_loss     double,
    brier        double,
    calibration_error double,
    predicted_count double,
    ratio        double,           -- predicted_count / event_count
    is_flagged   boolean,
    purchases_foretold double,
    purchases_counted double
);

create table journal.backtest_bin (
    file         varchar,
    at_on        date,
    horizon_days integer,
    subject      varchar,
    model        varchar,
    bin          integer,          -- from 1, the least likely tenth
    row_count    bigint,
    event_count  double,
    lowest       double,
    highest      double,
    forecast     double,
    frequency    double,
    frequency_low double,
    frequency_high double
);

-- What of the journal and the editions is staged already: a file of the same size and time is not read again.
create table journal.file (file varchar, bytes bigint, modified_at timestamptz);

-- What ops.* was last built from: the newest load. The journal's part of it is in journal.file.
create table journal.collected (load_no bigint);
