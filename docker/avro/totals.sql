-- Orders in Avro, with the columns that the registry has; totals in Avro, with a schema that is registered at the start.
SET 'keys.partitioning' = 'any';

CREATE STREAM orders (user STRING KEY)
  WITH (KAFKA_TOPIC='orders-avro', VALUE_FORMAT='AVRO', TIMESTAMP='at');

CREATE TABLE totals WITH (KAFKA_TOPIC='totals', VALUE_FORMAT='AVRO', VALUE_SCHEMA_FULL_NAME='shop.Total') AS
  SELECT item, COUNT(*) AS n, SUM(price) AS total
  FROM orders
  GROUP BY item;
