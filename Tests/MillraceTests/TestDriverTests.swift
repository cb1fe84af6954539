// SPDX-License-Identifier: Apache-2.0
import Millrace
import Testing

@Suite struct TestDriverTests {
    private static let program = """
        CREATE STREAM orders (user VARCHAR KEY, amount DOUBLE) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');
        CREATE TABLE revenue AS SELECT user, SUM(amount) AS total FROM orders
          WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY user EMIT FINAL;
        """

    @Test func aWindowComesWhenItIsFinalAndTheRestAtTheEnd() throws {
        let driver = TestDriver(try Program(sql: Self.program))
        driver.pipe(topic: "orders", key: "u", value: #"{"amount": 1.5}"#, timestamp: 1000)
        #expect(driver.commit() == [])
        driver.pipe(topic: "orders", key: "u", value: #"{"amount": 2}"#, timestamp: 10_000)
        #expect(
            driver.commit() == [
                #"{"topic":"REVENUE","timestamp":1000,"key":"u","window":{"start":0,"end":10000},"#
                    + #""value":{"TOTAL":1.5}}"#
            ])
        #expect(
            driver.finish() == [
                #"{"topic":"REVENUE","timestamp":10000,"key":"u","window":{"start":10000,"end":20000},"open":true,"#
                    + #""value":{"TOTAL":2.0}}"#
            ])
    }

    @Test func aMistakeHasItsPlace() {
        do {
            _ = try Program(sql: "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='YAML');")
            Issue.record("no error")
        } catch {
            #expect(error.line == 1)
            #expect(error.column == 61)
            #expect(error.description.contains("^"))
        }
    }

    @Test func thePlanSpellsOutDefaults() throws {
        #expect(try Program(sql: Self.program).explanation.contains("grace    0 ms"))
    }

    @Test func recordsInAvroAreReadByTheSchemasThatAreGiven() throws {
        let program = try Program(
            sql: """
                CREATE STREAM orders (name VARCHAR, amount INT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='AVRO');
                CREATE STREAM o WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON') AS SELECT * FROM orders;
                """)
        let fields = #"{"name":"amount","type":"int"},{"name":"name","type":"string"}"#
        let driver = try TestDriver(
            program, schemas: [258: #"{"type":"record","name":"Order","fields":[\#(fields)]}"#])
        driver.pipe(topic: "orders", keyBytes: nil, valueBytes: [0, 0, 0, 1, 2, 14, 6, 116, 101, 97], timestamp: 1)
        driver.pipe(topic: "orders", keyBytes: nil, valueBytes: [0, 0, 0, 1, 3, 14, 6, 116, 101, 97], timestamp: 2)
        #expect(
            driver.finish() == [#"{"topic":"o","timestamp":1,"key":null,"value":{"NAME":"tea","AMOUNT":7}}"#])
        #expect(throws: ProgramError.self) { try TestDriver(program, schemas: [1: "{"]) }
    }
}
