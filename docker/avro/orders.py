#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The other side of totals.sql, with Confluent's own client (pip install 'confluent-kafka[avro]'):

    orders.py write      a thousand orders in Avro to the topic orders-avro
    orders.py read       what lies in the topic totals, decoded by the schema that Millrace has registered

The broker and the registry are those of docker/compose.yaml; others: BOOTSTRAP=HOST:PORT, REGISTRY=URL."""

import json
import os
import sys

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

BOOTSTRAP = os.environ.get("BOOTSTRAP", "localhost:9092")
REGISTRY = SchemaRegistryClient({"url": os.environ.get("REGISTRY", "http://localhost:8081")})
ORDER = {
    "type": "record", "name": "Order", "namespace": "shop", "fields": [
        {"name": "item", "type": "string"}, {"name": "price", "type": "double"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "note", "type": ["null", "string"], "default": None}]}


def write():
    topic = "orders-avro"
    for future in AdminClient({"bootstrap.servers": BOOTSTRAP}).create_topics([NewTopic(topic, 4, 1)]).values():
        future.exception()  # it may be there already
    serializer = AvroSerializer(REGISTRY, json.dumps(ORDER))
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "partitioner": "murmur2_random"})
    for i in range(1000):
        order = {"item": ("tea", "cup", "pot")[i % 3], "price": (i % 40) / 4, "at": 1_767_225_600_000 + i * 100}
        value = serializer(order, SerializationContext(topic, MessageField.VALUE))
        producer.produce(topic, key=f"user-{i % 7}", value=value)
    producer.flush()
    print(f"1000 orders in {topic}")


def read():
    topic = "totals"
    deserializer = AvroDeserializer(REGISTRY)
    consumer = Consumer({
        "bootstrap.servers": BOOTSTRAP, "group.id": "docker-avro", "auto.offset.reset": "earliest",
        "isolation.level": "read_committed", "enable.auto.commit": False, "enable.partition.eof": True})
    consumer.subscribe([topic])
    ends, partitions, totals = set(), len(consumer.list_topics(topic).topics[topic].partitions), {}
    while len(ends) < partitions:
        message = consumer.poll(10)
        if message is None:
            sys.exit(f"nothing came from {topic}")
        if message.error():
            ends.add(message.partition())
            continue
        value = deserializer(message.value(), SerializationContext(topic, MessageField.VALUE))
        totals[message.key().decode()] = value
    consumer.close()
    for item, total in sorted(totals.items()):
        print(item, total)


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]]()
