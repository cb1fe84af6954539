-- Real-time analytics: revenue per minute and page of a shop, while it is open.
CREATE STREAM orders (id BIGINT, user VARCHAR KEY, amount DECIMAL(12, 2), ts BIGINT, page VARCHAR)
  WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', TIMESTAMP='ts');

-- Each minute's revenue once, half a minute after it has ended; orders that come later are counted as late.
CREATE TABLE revenue_per_page WITH (KAFKA_TOPIC='revenue_per_page', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT page, COUNT(*) AS orders, SUM(amount) AS revenue, MAX(amount) AS largest, WINDOWSTART AS minute
  FROM orders WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 30 SECONDS)
  WHERE amount > 0
  GROUP BY page
  EMIT FINAL;
