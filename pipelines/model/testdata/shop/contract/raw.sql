create schema raw;
create table raw.customers (customer_id varchar, name varchar, region varchar);
create schema core;
create table core.sales (order_id varchar, customer_id varchar, ordered_on date, amount decimal(18, 2), status varchar);
