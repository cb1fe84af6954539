// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceTestKit
import Testing

@testable import MillraceEngine

@Suite struct JoinWindowTests {
    private struct Held {
        var key: String
        var time: Int64
        var offset: Int64
        var hasMet: Bool
    }

    private func insert(_ held: Held, into window: JoinWindow) {
        let column = Column(.bigint)
        column.append(int64: held.offset)
        Array(held.key.utf8).withUnsafeBytes { key in
            window.insert(
                key, time: held.time,
                JoinWindow.Place(
                    source: SourceOrdinal(topic: 0, partition: 0), offset: held.offset, subOffset: 0, isFlushed: false),
                hasMet: held.hasMet, [column], row: 0)
        }
    }

    private func meet(_ key: String, _ times: ClosedRange<Int64>, _ window: JoinWindow) -> [Int64] {
        var found: [JoinWindow.Row] = []
        Array(key.utf8).withUnsafeBytes { key in
            _ = window.meet(key, from: times.lowerBound, through: times.upperBound, into: &found)
        }
        let column = Column(.bigint)
        for row in found { row.append(to: [column]) }
        #expect(found.map(\.place.offset) == (0..<column.count).map { column.int64s[$0] })
        return found.map(\.place.offset)
    }

    /// Random rows and look-ups, with times on both sides of 1970, give what a list of all rows gives.
    @Test func itFindsWhatAListFinds() {
        for seed in 1...300 as ClosedRange<UInt64> {
            var random = SplitMix64(seed: seed)
            let length = Int64(random.pick([0, 1, 7, 100]))
            let finality = length + Int64(random.pick([0, 3, 50, 5000]))
            let window = JoinWindow([.bigint], length: length, finality: finality, keepsCandidates: true)
            var rows: [Held] = []
            var forgotten = Int64.min
            for offset in 0..<Int64(random.below(150)) {
                let key = "k\(random.below(3))"
                let time = Int64(random.below(400)) - 100
                switch random.below(4) {
                case 0, 1:
                    let held = Held(key: key, time: time, offset: offset, hasMet: random.chance(30))
                    insert(held, into: window)
                    rows.append(held)
                case 2:
                    let first = max(time, forgotten)
                    let times = first...first + length
                    let expected = rows.filter { $0.key == key && times.contains($0.time) }
                        .sorted { ($0.time, $0.offset) < ($1.time, $1.offset) }
                    #expect(meet(key, times, window) == expected.map(\.offset), "seed \(seed)")
                    for index in rows.indices where rows[index].key == key && times.contains(rows[index].time) {
                        rows[index].hasMet = true
                    }
                default:
                    let unmet = rows.filter { !$0.hasMet && $0.time < time }
                        .sorted { ($0.time, $0.offset) < ($1.time, $1.offset) }
                    #expect(window.takeUnmet(before: time).map(\.place.offset) == unmet.map(\.offset), "seed \(seed)")
                    for index in rows.indices where rows[index].time < time { rows[index].hasMet = true }
                    window.forget(before: time)
                    forgotten = max(forgotten, time)
                }
            }
            #expect(window.earliestTime <= rows.filter { $0.time >= forgotten }.map(\.time).min() ?? .max)
        }
    }

    /// What is over is given back, however long it goes on, and with rows in descending order of time.
    @Test(arguments: [1, -1] as [Int64])
    func memoryIsThatOfTheWindow(direction: Int64) {
        let window = JoinWindow([.bigint], length: 20, finality: 100, keepsCandidates: true)
        var most = 0
        for number in 0..<20_000 as Range<Int64> {
            let time = direction > 0 ? number : number / 100 * 100 + 99 - number % 100
            insert(Held(key: "k\(number % 10)", time: time, offset: number, hasMet: false), into: window)
            guard number % 100 == 99 else { continue }
            _ = window.takeUnmet(before: number - 100)
            window.forget(before: number - 100)
            most = max(most, window.heldBytes)
            #expect(window.count <= 320)
        }
        #expect(most < 400_000, "\(most) bytes")
    }

    /// A key with many rows costs a look-up what it finds, not what is held.
    @Test func aLookUpCostsWhatItFinds() {
        func lookUps(held: Int64) -> Int {
            let window = JoinWindow([.bigint], length: 10, finality: 1_000_000, keepsCandidates: false)
            for number in 0..<held {
                insert(Held(key: "hot", time: number * 10, offset: number, hasMet: true), into: window)
            }
            return (0..<held).reduce(0) { $0 + meet("hot", $1 * 10...$1 * 10 + 10, window).count }
        }
        #expect(lookUps(held: 50_000) == 2 * 50_000 - 1)
    }
}
