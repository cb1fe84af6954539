// SPDX-License-Identifier: Apache-2.0

import MillraceCore
import Testing

@Suite struct Murmur2Tests {
    @Test(
        arguments: [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] as [(String, Int32)])
    func hashesAsKafkaDoes(text: String, expected: Int32) {
        #expect(Array(text.utf8).withUnsafeBytes(Murmur2.hash) == expected)
    }

    @Test func partitionsByThePositiveHash() {
        let key = Array("foobar".utf8)
        let positive = Int64(-790_332_482) & Int64(Int32.max)
        for partitions: Int32 in [1, 2, 3, 7, 64] {
            let partition = key.withUnsafeBytes { Murmur2.partition(ofKey: $0, partitions: partitions) }
            #expect(Int64(partition) == positive % Int64(partitions))
        }
    }

    @Test func hashesUnalignedAndEmptyKeys() {
        let bytes = Array("xfoobar".utf8)
        bytes.withUnsafeBytes { #expect(Murmur2.hash(UnsafeRawBufferPointer(rebasing: $0[1...])) == -790_332_482) }
        #expect(Murmur2.hash(UnsafeRawBufferPointer(start: nil, count: 0)) == 275_646_681)
    }
}
