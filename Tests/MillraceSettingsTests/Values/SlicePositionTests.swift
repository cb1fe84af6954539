// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSettings
import Testing

struct SlicePositionTests {
    @Test(arguments: [
        ("earliest", SlicePosition.earliest), ("latest", .latest), ("now", .latest),
        ("2026-11-01T00:00:00Z", .time(1_793_491_200_000)),
        ("2026-11-01T01:00:00.250+01:00", .time(1_793_491_200_250)),
        ("0", .time(0)), ("1793491200000", .time(1_793_491_200_000)),
        ("-90s", .ago(milliseconds: 90_000)), ("-30m", .ago(milliseconds: 1_800_000)),
        ("-48h", .ago(milliseconds: 172_800_000)), ("-7d", .ago(milliseconds: 604_800_000)),
        ("offsets:0=120", .offsets([.init(partition: 0, offset: 120)])),
        ("offsets:0=120,1=77", .offsets([.init(partition: 0, offset: 120), .init(partition: 1, offset: 77)])),
        (
            "offsets:orders/0=1,clicks/0=2",
            .offsets([
                .init(topic: "orders", partition: 0, offset: 1), .init(topic: "clicks", partition: 0, offset: 2),
            ])
        ),
    ])
    func positionsAreRead(text: String, position: SlicePosition) throws {
        #expect(try SlicePosition.parse(text, as: .from) == position)
        if position != .earliest { #expect(try SlicePosition.parse(text, as: .to) == position) }
    }

    @Test(arguments: [
        "", "-", "-48", "-48w", "-1.5h", "--48h", "48h", "2026-11-01", "2026-13-01T00:00:00Z", "2026-11-01T00:00:00",
        "99999999999999999999", "-99999999999999999h", "offsets:", "offsets:0", "offsets:0=", "offsets:=1",
        "offsets:0=1,", "offsets:0=-1", "offsets:-1=1", "offsets:0=1,0=2", "offsets:a=1", "offsets:/0=1",
        "offsets:a/b/0=1", "offsets:0=1=2", "offsets:9999999999=1", "1e3", "Earliest", "١٢٣",
    ])
    func anythingElseIsRefused(text: String) {
        let place = SourceLocation(line: 3, column: 7)
        let error = #expect(throws: SourceError.self) { try SlicePosition.parse(text, as: .from, at: place) }
        #expect(error?.location == place)
    }

    /// As many as an argument can have cost what they are, not each as many as there are.
    @Test func manyOffsets() throws {
        let count: Int32 = 40_000
        let start = ContinuousClock.now
        let position = try SlicePosition.parse(
            "offsets:" + (0..<count).map { "\($0)=1" }.joined(separator: ","), as: .from)
        guard case .offsets(let offsets) = position else { throw SourceError("no offsets", at: nil) }
        #expect(offsets.map(\.partition) == Array(0..<count))
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test(arguments: [
        ("500ms", Int64(500)), ("1s", 1000), ("2m", 120_000), ("48h", 172_800_000), ("7d", 604_800_000), ("0ms", 0),
    ])
    func durations(text: String, milliseconds: Int64) {
        #expect(DurationText.milliseconds(text) == milliseconds)
    }

    @Test(arguments: ["", "1", "s", "1 s", "1.5s", "-1s", "+1s", "1S", "1ms ", "9223372036854775807s", "٣s"])
    func noDurations(text: String) {
        #expect(DurationText.milliseconds(text) == nil)
    }
}
