# SPDX-License-Identifier: Apache-2.0
"""The oracle's programs with Avro: the columns come from the registry, and so do the results' schemas."""

import avro_bytes
import generate as g
from programs import SECOND, Account, Output, USER, key_is, program
from reference import (
    BIGINT, DOUBLE, INT, VARCHAR, agg_max, agg_sum, and3, compared, everything, fit, nul, results, scan, select, time_windows,
    unwindowed, watermarks)


def optional(name, schema, **more):
    return {"name": name, "type": ["null", schema], "default": None, **more}


def record(*fields):
    return {"type": "record", "name": "Order", "namespace": "shop", "fields": list(fields)}


PLACE = {"type": "record", "name": "Place", "fields": [{"name": "city", "type": "string"}, optional("zip", "int")]}
COLOUR = {"type": "enum", "name": "Colour", "symbols": ["RED", "GREEN"]}
FIRST = record(
    {"name": "id", "type": "long"}, optional("note", "string"), {"name": "unread", "type": {"type": "array", "items": "string"}},
    {"name": "qty", "type": "int"}, optional("amount", "double"), optional("place", PLACE),
    {"name": "colour", "type": COLOUR})
#: qty has become a long, unread is gone, and there is a weight.
SECOND_ONE = record(
    {"name": "weight", "type": "double", "default": 2.5}, {"name": "id", "type": "long"}, {"name": "qty", "type": "long"},
    optional("amount", "double"), optional("note", "string"), optional("place", PLACE),
    {"name": "colour", "type": COLOUR})
DECLARED = "CREATE STREAM orders (user VARCHAR KEY) WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='AVRO');\n"


def order(schemas, at=lambda i: 0, broken=0.02):
    """make(rng, i, key, time) for generate.rows: the schema's place stands where its number will be."""
    def make(rng, i, k, t):
        place = at(i)
        value = {
            "id": rng.choice((i, -i, 2**62 + i)), "note": rng.choice(g.NOTES + [None]), "qty": rng.randrange(-3, 12),
            "unread": rng.sample(g.PAGES, rng.randrange(3)), "weight": rng.randrange(1000) / 8,
            "amount": rng.choice((None, rng.randrange(10_000) / 8)), "colour": rng.choice(COLOUR["symbols"]),
            "place": rng.choice((None, {"city": rng.choice(g.NOTES), "zip": rng.choice((None, i))}))}
        data = avro_bytes.framed(place, schemas[place], value)
        # A number that nobody has given.
        return avro_bytes.framed(-1, schemas[place], value) if rng.random() < broken / 4 else data
    return make


def avro(seed, count, schemas, at=None, **more):
    options = dict(null_keys=0.01, null_values=0.02, broken=0.02)
    options.update(more)

    def rows(factor=1):
        total = int(count * factor)
        return g.rows(seed, "in", total, 4, order(schemas, (lambda i: at(i, total)) if at else lambda i: 0), **options)
    return rows


def orders(logs, *columns, **more):
    kinds = {"ID": BIGINT, "NOTE": VARCHAR, "QTY": more.pop("qty", INT), "AMOUNT": DOUBLE, "COLOUR": VARCHAR, "WEIGHT": DOUBLE,
             "PLACE": ("STRUCT", {"CITY": VARCHAR, "ZIP": INT})}
    return scan(logs["in"], [(c, kinds[c]) for c in columns], key=USER, value_format="AVRO", **more)


@program(DECLARED + """CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='AVRO', PARTITIONS=5) AS
  SELECT user, id + qty AS s, amount * 2 AS cost, note, colour, place->city AS city, place->zip AS zip, ROWOFFSET AS ro
  FROM orders WHERE qty > 2 AND amount > 10 EMIT CHANGES;""",
         {"in": 4}, avro(61, 8000, [FIRST]), killed=True, extra={"schemas": [FIRST]})
def avro_filter(logs):
    account = Account()
    add = nul(lambda a, b: fit(a + b, 63))
    part = nul(lambda place, name: place[name])
    rows = select(
        orders(logs, "ID", "QTY", "AMOUNT", "NOTE", "COLOUR", "PLACE"),
        lambda r: and3(compared(lambda q: q > 2)(r["QTY"]), compared(lambda a: a > 10)(r["AMOUNT"])),
        lambda r: {"S": add(r["ID"], r["QTY"]), "COST": nul(lambda a: a * 2)(r["AMOUNT"]), "NOTE": r["NOTE"],
                   "COLOUR": r["COLOUR"], "CITY": part(r["PLACE"], "CITY"), "ZIP": part(r["PLACE"], "ZIP"),
                   "RO": r["ROWOFFSET"]},
        key_is("USER"), account)
    return {"out": Output(rows, "stream", partitions=5, form="AVRO")}, [account]


@program(DECLARED + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='AVRO', PARTITIONS=4) AS
  SELECT user, COUNT(*) AS n, SUM(qty) AS q, SUM(amount) AS total, MAX(note) AS last
  FROM orders WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS) GROUP BY user EMIT FINAL;""",
         {"in": 4}, avro(62, 9000, [FIRST], edges=g.window_edges(10 * SECOND, 5 * SECOND), edge_share=0.01), killed=True,
         extra={"schemas": [FIRST]})
def avro_tumbling(logs):
    account = Account()
    events = orders(logs, "QTY", "AMOUNT", "NOTE")
    groups = time_windows(events, everything, key_is("USER"), account, 10 * SECOND, 10 * SECOND, 5 * SECOND, True,
                          watermarks(events, {"in": 4}))
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "Q": agg_sum(rows, key_is("QTY")), "TOTAL": agg_sum(rows, key_is("AMOUNT")),
        "LAST": agg_max(rows, key_is("NOTE"))}), "final", form="AVRO")}, [account]


@program(DECLARED + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='AVRO') AS
  SELECT user, COUNT(*) AS n, SUM(qty) AS q, MAX(id) AS top, SUM(weight) AS weight FROM orders GROUP BY user EMIT CHANGES;""",
         {"in": 4}, avro(63, 8000, [FIRST, SECOND_ONE], lambda i, n: i * 3 // n if i * 3 < n * 2 else i % 2 if i * 3 < n * 2.5 else 1),
         killed=True, extra={"schemas": [FIRST, SECOND_ONE]})
def avro_evolution(logs):
    """The schema changes in the middle of the topic, and for a while back and forth."""
    account = Account()
    groups = unwindowed(orders(logs, "ID", "QTY", "WEIGHT", qty=BIGINT, defaults={"WEIGHT": 2.5}), everything, key_is("USER"), account)
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "Q": agg_sum(rows, key_is("QTY")), "TOP": agg_max(rows, key_is("ID")),
        "WEIGHT": agg_sum(rows, key_is("WEIGHT"))}), "changes", form="AVRO")}, [account]
