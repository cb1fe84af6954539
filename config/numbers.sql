-- The founding example: the sum of numbers that lie in a topic as history and of numbers that still arrive.
-- Each record of the topic has the key 'all' and a number as its value, for example {"n": 6}.
CREATE STREAM numbers (part VARCHAR KEY, n BIGINT)
  WITH (KAFKA_TOPIC='numbers', VALUE_FORMAT='JSON');

-- No window: one running total for ever, which grows with every stage.
CREATE TABLE total WITH (KAFKA_TOPIC='total', VALUE_FORMAT='JSON') AS
  SELECT part, SUM(n) AS total, COUNT(*) AS n
  FROM numbers
  GROUP BY part
  EMIT CHANGES;
