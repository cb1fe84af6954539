CREATE STREAM orders (id STRING KEY, item STRING, amount INT)
    WITH (KAFKA_TOPIC = 'orders', FORMAT = 'JSON');
CREATE TABLE t WITH (KAFKA_TOPIC = 't') AS SELECT id, EARLIEST_BY_OFFSET(amount) AS e, LATEST_BY_OFFSET(amount) AS l,
    EARLIEST_BY_OFFSET(amount, false) AS en, LATEST_BY_OFFSET(amount, false) AS ln,
    EARLIEST_BY_OFFSET(amount, 2) AS e2, LATEST_BY_OFFSET(amount, 2) AS l2,
    COLLECT_LIST(amount) AS list, COLLECT_SET(amount) AS distinct_amounts, TOPK(amount, 2) AS top
    FROM orders GROUP BY id;