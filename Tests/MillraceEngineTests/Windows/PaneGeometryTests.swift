// SPDX-License-Identifier: Apache-2.0
import MillracePlan
import Testing

@testable import MillraceEngine

@Suite struct PaneGeometryTests {
    @Test func everyTimeLiesInTheWindowsThatTheDefinitionSays() {
        for (size, advance) in [(10, 10), (10, 4), (10, 3), (12, 5), (7, 1), (6, 2)] as [(Int64, Int64)] {
            let geometry = PaneGeometry(size: size, advance: advance, grace: 3)
            for time in Int64(0)..<60 {
                let windows = (Int64(0)...60).filter { $0 % advance == 0 && $0 <= time && time < $0 + size }
                let pane = geometry.paneStart(time)
                let first = geometry.firstWindow(pane: pane)
                let last = geometry.lastWindow(pane: pane)
                // Where the advance does not divide the size a time may lie in a window more or less than its
                // neighbour, never in a gap.
                let found: [Int64] = Array(stride(from: first, through: last, by: Int(advance)))
                #expect(found == windows, "size \(size) advance \(advance) time \(time)")
            }
        }
    }

    /// Fault 59.
    @Test func aWindowIsFinalExactlyWhenTheWatermarkHasPassedItsEndAndGrace() {
        let geometry = PaneGeometry(size: 10, advance: 5, grace: 3)
        for watermark in Int64(0)..<80 {
            let final = (Int64(0)...80).filter { $0 % 5 == 0 && $0 + 10 + 3 <= watermark }
            #expect(geometry.lastFinalWindow(watermark: watermark) == (final.last ?? -1), "watermark \(watermark)")
        }
        #expect(geometry.lastFinalWindow(watermark: .min) == -1)
        #expect(geometry.lastFinalWindow(watermark: .max) == .max)
        #expect(geometry.closing(window: 20) == 33)
    }

    @Test func withoutAWindowNothingCloses() {
        #expect(PaneGeometry.unbounded.lastFinalWindow(watermark: .max) == -1)
        #expect(PaneGeometry.unbounded.closing(window: 0) == .max)
    }
}
