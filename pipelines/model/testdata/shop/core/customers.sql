-- core.customers: everybody in the customer master.
-- ja:      得意先
-- grain:   customer_id
-- columns:
--   customer_id  varchar  not null
--   name         varchar            as the master has it; null: it is empty there,
--                                   or nobody typed it
--   region       varchar

select customer_id, nullif(trim(name), '') as name, region,
from raw.customers
