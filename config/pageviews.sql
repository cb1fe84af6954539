-- Big data: a month of page views replayed as a batch; the pages with at least 100 views of each day.
CREATE STREAM pageviews (user VARCHAR KEY, page VARCHAR, duration_ms BIGINT)
  WITH (KAFKA_TOPIC='pageviews', VALUE_FORMAT='JSON');

CREATE TABLE pages_per_day WITH (KAFKA_TOPIC='pages_per_day', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT page, COUNT(*) AS views, COUNT_DISTINCT(user) AS visitors, AVG(duration_ms) AS mean_ms, WINDOWSTART AS day
  FROM pageviews WINDOW TUMBLING (SIZE 1 DAY, GRACE PERIOD 1 HOUR)
  WHERE page IS NOT NULL AND duration_ms >= 0
  GROUP BY page
  HAVING COUNT(*) >= 100
  EMIT FINAL;

-- The three longest visits of each day and page, the same way.
CREATE TABLE longest_per_day WITH (KAFKA_TOPIC='longest_per_day', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT page, TOPK(duration_ms, 3) AS longest, WINDOWSTART AS day
  FROM pageviews WINDOW TUMBLING (SIZE 1 DAY, GRACE PERIOD 1 HOUR)
  WHERE page IS NOT NULL AND duration_ms >= 0
  GROUP BY page
  EMIT FINAL;
