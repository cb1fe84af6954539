// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

@Suite struct MinimumHeapTests {
    /// Elements come out in ascending order, equal ones as often as they were put in, whatever is mixed.
    @Test func theLeastComesFirst() {
        for seed in 1...200 as ClosedRange<UInt64> {
            var state = seed
            func random(_ bound: UInt64) -> UInt64 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return (state >> 33) % bound
            }
            var heap = MinimumHeap<UInt64>()
            var all: [UInt64] = []
            for _ in 0..<random(120) {
                if random(3) > 0 {
                    let element = random(40)
                    heap.insert(element)
                    all.append(element)
                } else {
                    all.sort(by: >)
                    #expect(heap.least == all.last)
                    #expect(heap.removeLeast() == all.popLast())
                }
            }
            while let least = heap.removeLeast() {
                all.sort(by: >)
                #expect(least == all.popLast())
            }
            #expect(all.isEmpty && heap.isEmpty)
        }
    }
}
