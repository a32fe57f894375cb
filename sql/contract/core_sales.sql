-- The tables of `core` that the stage `source` keeps up incrementally; every other table of `core` is a model.
create schema if not exists core;

-- Every sale line, cancelled and returned ones included, of the newest file that holds its order.
create table core.sales (
    order_id      varchar,
    line_no       integer,
    customer_id   varchar,         -- null: counts as sales, belongs to nobody
    product_id    varchar,
    ordered_on    date,
    quantity      decimal(18, 4),
    amount        decimal(18, 2),
    cost          decimal(18, 2),
    status        varchar,         -- completed, cancelled, returned
    customer_key  integer,         -- -> core.customer_key; null where customer_id is
    product_key   integer,         -- -> core.product_key; null where product_id is
    is_first_line boolean          -- exactly one line of each order
);

-- Dense integer keys: given once, in the order of the first load that holds the id, never reused.
create table core.customer_key (customer_key integer, customer_id varchar);
create table core.product_key (product_key integer, product_id varchar);
