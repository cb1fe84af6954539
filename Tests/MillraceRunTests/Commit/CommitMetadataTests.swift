// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing
@testable import MillraceRun

@Suite struct CommitMetadataTests {
    private let record = CommitMetadata.Fingerprint(offset: 5016, timestamp: 1_700_000_004_242, checksum: 0x9f3a)

    @Test func comesBackAsItWas() {
        let flush = CommitMetadata.Flush(number: 17, offset: 4700, watermarks: [5, .none], queries: [.max, 0x2f])
        for (record, flush) in [(nil, nil), (record, nil), (nil, flush), (record, flush)]
            as [(CommitMetadata.Fingerprint?, CommitMetadata.Flush?)]
        {
            let metadata = CommitMetadata(
                restoreOffset: 4711, watermarks: [1_700_000_000_000, .none], lastRecord: record,
                changesArePending: flush == nil, flush: flush, firstPartitions: record == nil ? nil : 12)
            #expect(CommitMetadata(metadata.text) == metadata)
        }
    }

    @Test func queriesWithAnExchangeComeBack() {
        for exchanged in [[], [0x2f], [.max, 0]] as [[UInt64]] {
            let metadata = CommitMetadata(
                restoreOffset: 4711, watermarks: [], lastRecord: record, changesArePending: false,
                flush: CommitMetadata.Flush(number: 1, offset: 4711, watermarks: [], queries: [7]),
                exchanged: exchanged)
            #expect(CommitMetadata(metadata.text) == metadata)
        }
    }

    @Test func partsOfJobsComeBack() {
        for exchanged in [[], [0x2f]] as [[UInt64]] {
            for (end, time, isOver) in [(nil, nil, true), (5016, 1_700_000_000_000, false)]
                as [(Int64?, Int64?, Bool)]
            {
                let slice = JobSlice(fromTime: time, toTime: nil, fingerprint: .max)
                let metadata = CommitMetadata(
                    restoreOffset: 4711, watermarks: [.none], lastRecord: nil, changesArePending: true,
                    firstPartitions: 4, exchanged: exchanged, part: JobPart(slice, end: end, isOver: isOver))
                #expect(CommitMetadata(metadata.text) == metadata)
            }
        }
    }

    /// Commits of before there were flushes.
    @Test func theFirstVersionIsRead() {
        let metadata = CommitMetadata("m1;4711;1700000000000,-;5016:1700000004242:9f3a;p")
        #expect(
            metadata
                == CommitMetadata(
                    restoreOffset: 4711, watermarks: [1_700_000_000_000, .none], lastRecord: record,
                    changesArePending: true))
    }

    /// Commits of before the number of partitions was written.
    @Test func theSecondVersionIsRead() {
        let metadata = CommitMetadata("m2;4711;1700000000000,-;-;;17:4700:5,-:2f")
        let flush = CommitMetadata.Flush(number: 17, offset: 4700, watermarks: [5, .none], queries: [0x2f])
        #expect(
            metadata
                == CommitMetadata(
                    restoreOffset: 4711, watermarks: [1_700_000_000_000, .none], lastRecord: nil,
                    changesArePending: false, flush: flush))
    }

    /// Fault 15: an older version over the commits of a newer one knows them for such, whatever they hold besides.
    @Test(arguments: [
        ("m5;1;1;-;;-;4", true), ("m12;", true), ("m5", true), ("m4;1;1;-;;-;4;r;q;z1", true),
        ("m4;1;1;-;;-;4;5", false), ("m3;1;1;-;;-;0", false), ("m0;1", false), ("m;1", false), ("mx;1", false),
        ("n5;1", false), ("", false), ("m4;1;1;-;;-;4;xzz", false),
    ])
    func aLaterVersionIsNamed(text: String, isNewer: Bool) {
        #expect(CommitMetadata(text) == nil)
        #expect(CommitMetadata.isNewer(text) == isNewer)
    }

    @Test(arguments: [
        "m3;1;1;-;;-;0", "m3;1;1;-;;-;x", "m3;1;1;-;;-", "m4;1;1;-;;-;4;5", "",
        "x", "m1;1;1;-", "m1;1;1;-;;-", "m2;1;1;-;", "m2;a;1;-;;-", "m2;1;b;-;;-", "m2;1;1;1:2;;-",
        "m2;1;1;-;;1:2:3", "m2;1;1;-;;1:2:x:5", "m2;1;1;-;;1:2:3:zz",
        "m2;1;1;-;;-;x", "m2;1;1;-;;-;xzz", "m2;1;1;-;;-;2f", "x2f",
        "m2;1;1;-;;-;j", "m2;1;1;-;;-;j1:-:-:2f", "m2;1;1;-;;-;j1:-:x:2f:", "m2;1;1;-;;-;j1:-:-:2f:x",
    ])
    func otherTextsAreNone(text: String) {
        #expect(CommitMetadata(text) == nil)
    }
}
