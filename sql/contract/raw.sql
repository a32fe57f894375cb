-- The contract tables of the stage `source`: what every export of a sales system is mapped to.
--
-- Each `raw.NAME` is a view over the Parquet copies of the files that were loaded into it, newest owner of each order
-- or key only; with no source it is this empty table. All ids are text, trimmed and width-normalised.
--   source, file, line   where the row came from; the line as an editor shows it
create schema if not exists raw;

create table raw.sales (
    order_id     varchar,
    line_no      integer,
    customer_id  varchar,         -- null: a sale to nobody in particular
    product_id   varchar,
    ordered_on   date,
    quantity     decimal(18, 4),
    amount       decimal(18, 2),  -- of the line, tax as the source has it; negative takes back
    cost         decimal(18, 2),  -- of the line; null: not known
    status       varchar,         -- completed, cancelled, returned
    line_type    varchar,         -- goods, shipping, fee, tax, discount, points; only goods go on into core.sales
    source       varchar,
    file         varchar,
    line         bigint
);

create table raw.customers (
    customer_id     varchar,
    name            varchar,
    name_kana       varchar,
    kind            varchar,      -- company, person
    email           varchar,
    phone           varchar,
    postal_code     varchar,
    address         varchar,
    region          varchar,
    industry        varchar,      -- the finest of three levels
    industry_group  varchar,
    industry_sector varchar,
    employees       bigint,
    founded_on      date,
    gender          varchar,
    birth_date      date,
    married         boolean,
    children        integer,
    acquired_via    varchar,
    sales_rep       varchar,
    approach        varchar,      -- focus, regular, develop, revive, inform, or the company's own
    rank_override   varchar,
    situation       varchar,
    goal            varchar,
    strategy        varchar,
    attributes      varchar,      -- JSON object of every other column of the file, as text
    source          varchar,
    file            varchar,
    line            bigint
);

create table raw.contacts (
    contact_id     varchar,
    customer_id    varchar,       -- null: a lead
    name           varchar,
    title          varchar,
    department     varchar,
    decision_maker boolean,
    email          varchar,
    postal_code    varchar,
    address        varchar,
    acquired_via   varchar,
    acquired_on    date,
    source         varchar,
    file           varchar,
    line           bigint
);

create table raw.products (
    product_id          varchar,
    name                varchar,
    category            varchar,  -- the finest of three levels; replacement is predicted at this one
    category_group      varchar,
    category_department varchar,
    list_price          decimal(18, 2),
    unit_cost           decimal(18, 2),
    replacement_days    integer,  -- what the manufacturer says
    launched_on         date,
    source              varchar,
    file                varchar,
    line                bigint
);

create table raw.invoices (
    invoice_id  varchar,
    customer_id varchar,
    invoiced_on date,
    due_on      date,
    amount      decimal(18, 2),
    paid_on     date,
    paid_amount decimal(18, 2),
    source      varchar,
    file        varchar,
    line        bigint
);

create table raw.interactions (
    interaction_id varchar,
    customer_id    varchar,
    contact_id     varchar,
    occurred_at    timestamptz,
    kind           varchar,       -- inquiry, complaint, repair, visit, web, seminar, reply
    product_id     varchar,
    score          double,
    note           varchar,
    resolved_on    date,          -- of a complaint or repair; null: open, or nothing to resolve
    source         varchar,
    file           varchar,
    line           bigint
);

create table raw.deals (
    deal_id     varchar,
    customer_id varchar,
    contact_id  varchar,
    opened_on   date,
    stage       varchar,
    amount      decimal(18, 2),
    expected_on date,
    closed_on   date,
    won         boolean,
    note        varchar,
    source      varchar,
    file        varchar,
    line        bigint
);

create table raw.assets (
    asset_id    varchar,
    customer_id varchar,
    product_id  varchar,
    category    varchar,
    vendor      varchar,
    serial      varchar,
    acquired_on date,
    retired_on  date,
    source      varchar,
    file        varchar,
    line        bigint
);

create table raw.interests (
    contact_id varchar,
    topic      varchar,
    noted_on   date,
    noted_in   varchar,
    source     varchar,
    file       varchar,
    line       bigint
);

create table raw.consents (
    contact_id varchar,
    channel    varchar,           -- email, postal
    granted_at timestamptz,
    granted    boolean,
    basis      varchar,           -- consent, notified, business, published
    method     varchar,
    proof      varchar,
    source     varchar,
    file       varchar,
    line       bigint
);

-- Rows that were set aside.
create table raw.reject (
    source      varchar,
    table_name  varchar,
    file        varchar,
    line        bigint,
    column_name varchar,          -- null: the whole row
    value       varchar,
    reason      varchar,
    row_text    varchar
);

-- The files that stand behind raw.*: one row a file, the newest load of it.
create table raw.file (
    source      varchar,
    table_name  varchar,
    file        varchar,
    load_no     integer,          -- ordinal of the load that read it, counted over the life of the data folder
    bytes       bigint,
    modified_at timestamptz,
    sha256      varchar,
    row_count   bigint,           -- read
    kept_count  bigint,
    reject_count bigint,
    is_present  boolean,          -- false: the file has vanished since; its rows are kept
    skip_count  bigint            -- rows that were no data: subtotals, totals, comments, repeated headers
);

-- Customers whose sale lines a load has touched since the rollups were last built from them. They are built again whole.
create table raw.change (
    customer_key integer,         -- null: every customer's; core.sales was written anew
    load_no      integer
);

-- The same for the months of products, sales to nobody in particular included.
create table raw.change_month (
    product_key integer,          -- null: every product's
    month_on    date,             -- its first day
    load_no     integer
);

-- What core.sales was last loaded for: one row, none before the first load.
create table raw.load (
    load_no          integer,
    before_on        date,            -- core.sales holds the lines before it; null: all
    superseded_count bigint           -- sale lines of an order that a newer file owns
);
