-- What the stage `model` knows of the tables that it has built.
create schema if not exists model;

-- The rollups that are built again by key, and of what text: written in the transaction that builds them.
create table model.built (
    table_name  varchar,
    fingerprint varchar,          -- of the SELECT, of those it reads, and of the columns of the contract
    row_count   bigint            -- of the table, so that one that another program has built is not taken for ours
);
