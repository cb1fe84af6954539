-- Internet of Things: what each sensor measured while it was awake, and which ones ran hot.
CREATE STREAM readings (sensor VARCHAR KEY, celsius DOUBLE, battery INT)
  WITH (KAFKA_TOPIC='readings', VALUE_FORMAT='JSON');

-- A session ends when a sensor has been silent for five minutes. Readings may come ten minutes late.
CREATE TABLE sensor_sessions WITH (KAFKA_TOPIC='sensor_sessions', VALUE_FORMAT='JSON') AS
  SELECT sensor, COUNT(*) AS readings, AVG(celsius) AS mean, MIN(celsius) AS lowest, MAX(celsius) AS highest,
         LATEST_BY_OFFSET(battery) AS battery, WINDOWSTART AS awake_from, WINDOWEND AS awake_to
  FROM readings WINDOW SESSION (5 MINUTES, GRACE PERIOD 10 MINUTES)
  WHERE celsius BETWEEN -60 AND 150
  GROUP BY sensor
  EMIT FINAL;

-- An alarm as soon as a sensor's mean over ten minutes, looked at every minute, passes 80 degrees; HAVING takes it
-- back (a tombstone) when late readings bring the mean down again.
CREATE TABLE sensor_alarms WITH (KAFKA_TOPIC='sensor_alarms', VALUE_FORMAT='JSON') AS
  SELECT sensor, AVG(celsius) AS mean, COUNT(*) AS readings
  FROM readings WINDOW HOPPING (SIZE 10 MINUTES, ADVANCE BY 1 MINUTE, GRACE PERIOD 10 MINUTES)
  WHERE celsius BETWEEN -60 AND 150
  GROUP BY sensor
  HAVING AVG(celsius) > 80 AND COUNT(*) >= 3
  EMIT CHANGES;
