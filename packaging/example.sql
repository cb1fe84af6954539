-- How many orders each user placed in a minute, and for how much: once, ten seconds after the minute has ended.
CREATE STREAM orders (user VARCHAR KEY, amount DECIMAL(12, 2))
  WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');

CREATE TABLE orders_per_minute WITH (KAFKA_TOPIC='orders-per-minute', VALUE_FORMAT='JSON') AS
  SELECT user, COUNT(*) AS orders, SUM(amount) AS total
  FROM orders WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 10 SECONDS)
  GROUP BY user
  EMIT FINAL;
