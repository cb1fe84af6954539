CREATE STREAM orders (id STRING KEY, item STRING, amount INT)
    WITH (KAFKA_TOPIC = 'orders', FORMAT = 'JSON');
CREATE STREAM out AS SELECT * FROM orders WHERE item > 5;