// SPDX-License-Identifier: Apache-2.0
import MillraceTestKit
import Testing

struct FrameSplitterTests {
    private let stream = Frame.request("Produce", 1) + Frame.request("EndTxn", 2) + Frame.request("Fetch", 3)

    @Test(arguments: [1, 3, 17, 1000])
    func piecesOfAnySizeAreTheSameFrames(size: Int) {
        var splitter = FrameSplitter()
        var found: [KafkaRequest?] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            splitter.append(stream[start..<min(start + size, stream.count)])
            while let frame = splitter.next() { found.append(KafkaRequest(frame: frame)) }
        }
        #expect(found.map { $0?.apiKey } == [0, 26, 1])
        #expect(found.map { $0?.correlationID } == [1, 2, 3])
        #expect(!splitter.isBroken)
    }

    @Test(arguments: [[0xFF, 0xFF, 0xFF, 0xFF, 0], [0, 0, 0, 3, 0, 0, 0], Array("GET / HTTP/1.1".utf8)])
    func whatIsNoLengthBreaksIt(bytes: [UInt8]) {
        var splitter = FrameSplitter()
        splitter.append(bytes)
        let first = splitter.next()
        splitter.append(stream)
        let second = splitter.next()
        #expect(first == nil && second == nil && splitter.isBroken)
    }
}
