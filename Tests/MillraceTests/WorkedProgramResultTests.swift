// SPDX-License-Identifier: Apache-2.0
import Foundation
import Millrace
import Testing

/// What the worked programs in `config/` give for a few records, worked out by hand.
@Suite struct WorkedProgramResultTests {
    private func driver(_ name: String) throws -> TestDriver {
        let folder = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let path = folder.appendingPathComponent("config/\(name).sql")
        return TestDriver(try Program(sql: String(contentsOf: path, encoding: .utf8)))
    }

    @Test func numbersAddUpToFiftyFive() throws {
        let driver = try driver("numbers")
        for number in 6...10 {
            driver.pipe(topic: "numbers", key: "all", value: #"{"n":\#(number)}"#, timestamp: Int64(number))
        }
        #expect(
            driver.commit() == [#"{"topic":"total","timestamp":10,"key":"all","value":{"TOTAL":40,"N":5}}"#])
        for number in 1...5 {
            driver.pipe(topic: "numbers", key: "all", value: #"{"n":\#(number)}"#, timestamp: Int64(10 + number))
        }
        #expect(
            driver.commit() == [#"{"topic":"total","timestamp":15,"key":"all","value":{"TOTAL":55,"N":10}}"#])
    }

    @Test func revenueOfAMinuteComesOnceAndLateOrdersDoNotChangeIt() throws {
        let driver = try driver("revenue")
        let orders = [
            ("10.50", 1000, "/a"), ("2.25", 59_999, "/a"), ("-1", 2000, "/a"), ("5", 60_000, "/b"),
            ("1", 95_000, "/b"), ("9", 50_000, "/a"),
        ]
        for (amount, time, page) in orders {
            driver.pipe(
                topic: "orders", key: "u", value: #"{"amount":\#(amount),"ts":\#(time),"page":"\#(page)"}"#,
                timestamp: 0)
        }
        #expect(
            driver.commit() == [
                #"{"topic":"revenue_per_page","timestamp":59999,"key":"/a","window":{"start":0,"end":60000},"#
                    + #""value":{"ORDERS":2,"REVENUE":12.75,"LARGEST":10.50,"MINUTE":0}}"#
            ])
        #expect(
            driver.finish() == [
                #"{"topic":"revenue_per_page","timestamp":95000,"key":"/b","window":{"start":60000,"end":120000},"#
                    + #""open":true,"value":{"ORDERS":2,"REVENUE":6.00,"LARGEST":5.00,"MINUTE":60000}}"#
            ])
    }

    @Test func aSensorsSessionAndAnAlarmThatIsTakenBack() throws {
        let driver = try driver("sensors")
        func read(_ sensor: String, _ celsius: Double, _ battery: Int, at time: Int64) {
            driver.pipe(
                topic: "readings", key: sensor, value: #"{"celsius":\#(celsius),"battery":\#(battery)}"#,
                timestamp: time)
        }
        read("s1", 20, 90, at: 0)
        read("s1", 22, 89, at: 120_000)
        read("s1", 900, 88, at: 130_000)  // no temperature
        for (index, celsius) in [81.0, 85.0, 90.0].enumerated() {
            read("s2", celsius, 50, at: 1_100_000 + Int64(index) * 1000)
        }
        let lines = driver.commit()
        let sessions = lines.filter { $0.contains("sensor_sessions") }
        #expect(
            sessions == [
                #"{"topic":"sensor_sessions","timestamp":120000,"key":"s1","window":{"start":0,"end":120000},"#
                    + #""value":{"READINGS":2,"MEAN":21.0,"LOWEST":20.0,"HIGHEST":22.0,"BATTERY":89,"#
                    + #""AWAKE_FROM":0,"AWAKE_TO":120000}}"#
            ])
        // Ten windows of ten minutes hold the three readings.
        let alarms = lines.filter { $0.contains("sensor_alarms") }
        #expect(alarms.count == 10)
        #expect(
            alarms.first
                == #"{"topic":"sensor_alarms","timestamp":1102000,"key":"s2","window":{"start":540000,"end":1140000},"#
                + #""value":{"MEAN":85.33333333333333,"READINGS":3}}"#)

        read("s2", 10, 50, at: 1_103_000)
        let takenBack = driver.commit().filter { $0.contains("sensor_alarms") }
        #expect(takenBack.count == 10)
        #expect(takenBack.allSatisfy { $0.hasSuffix(#""value":null}"#) })
    }

    @Test func theTopPagesOfADay() throws {
        let driver = try driver("pageviews")
        func view(_ page: String, _ user: Int, _ duration: Int, at time: Int64) {
            driver.pipe(
                topic: "pageviews", key: "u\(user)", value: #"{"page":"\#(page)","duration_ms":\#(duration)}"#,
                timestamp: time)
        }
        for index in 0..<100 { view("/x", index % 10, index, at: Int64(index)) }
        for index in 0..<99 { view("/y", index % 10, index, at: Int64(index)) }
        view("/z", 1, 0, at: 86_400_000 + 3_600_000)
        #expect(
            driver.commit() == [
                #"{"topic":"pages_per_day","timestamp":99,"key":"/x","window":{"start":0,"end":86400000},"#
                    + #""value":{"VIEWS":100,"VISITORS":10,"MEAN_MS":49.5,"DAY":0}}"#,
                #"{"topic":"longest_per_day","timestamp":99,"key":"/x","window":{"start":0,"end":86400000},"#
                    + #""value":{"LONGEST":[99,98,97],"DAY":0}}"#,
                #"{"topic":"longest_per_day","timestamp":98,"key":"/y","window":{"start":0,"end":86400000},"#
                    + #""value":{"LONGEST":[98,97,96],"DAY":0}}"#,
            ])
    }
}
