// SPDX-License-Identifier: Apache-2.0
import MillracePlan
import Testing

@testable import MillraceEngine

/// Windows and panes found by arithmetic are those that looking at each one finds.
@Suite struct PaneWindowsTests {
    private typealias Pane = PaneState.Pane

    private func panes(_ places: [(start: Int64, firstWindow: Int64)]) -> PaneList {
        PaneList(places.map { Pane(start: $0.start, firstWindow: $0.firstWindow) })
    }

    /// Every start, one by one.
    private func enumerated(_ geometry: PaneGeometry, _ sources: [PaneWindows.Source]) -> [Int64] {
        var starts: Set<Int64> = []
        for source in sources {
            for pane in source.panes {
                var window: Int64 = 0
                while window <= geometry.lastWindow(pane: pane.start) {
                    if window >= pane.firstWindow, source.bounds.contains(window) { starts.insert(window) }
                    window += geometry.advance
                }
            }
        }
        return starts.sorted()
    }

    @Test func windowsOfAnyPanesAreThoseThatReadThem() {
        var random = SystemRandomNumberGenerator()
        func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
        for _ in 0..<2000 {
            let advance = Int64(1 + below(6))
            let geometry = PaneGeometry(size: advance + Int64(below(12)), advance: advance, grace: 0)
            let sources = (0..<(1 + below(3))).map { _ in
                var places: Set<PanePlace> = []
                for _ in 0..<below(8) {
                    let start = geometry.paneStart(Int64(below(90)))
                    let first = geometry.firstWindow(pane: start)
                    let later = (geometry.lastWindow(pane: start) - first) / geometry.advance
                    let steps = below(100) < 30 ? Int64(below(Int(later) + 1)) : 0
                    places.insert(PanePlace(start: start, firstWindow: first + steps * geometry.advance))
                }
                let lowest = Int64(below(20))
                return PaneWindows.Source(
                    panes: panes(places.map { ($0.start, $0.firstWindow) }),
                    bounds: lowest...(below(2) == 0 ? .max : lowest + Int64(below(80))))
            }
            let windows = PaneWindows(geometry, of: sources)
            let expected = enumerated(geometry, sources)
            var found: [Int64] = []
            windows.forEach { found.append($0) }
            #expect(found == expected, "\(geometry) \(sources.map { $0.panes.map(\.place) })")
            #expect(windows.count == expected.count)
            #expect(windows.first(3) == Array(expected.prefix(3)))
        }
    }

    /// 86,400,000 windows of each of three records are counted without being looked at.
    @Test func windowsAreCountedByArithmetic() {
        let day: Int64 = 86_400_000
        let geometry = PaneGeometry(size: day, advance: 1, grace: 0)
        let start: Int64 = 1_700_000_000_000
        let places = [start, start + 1000, start + 10 * day].map { ($0, geometry.firstWindow(pane: $0)) }
        let source = PaneWindows.Source(panes: panes(places), bounds: 0...(.max))
        let windows = PaneWindows(geometry, of: [source])
        let clock = ContinuousClock()
        let took = clock.measure {
            #expect(windows.count == Int(day + 1000 + day))
            #expect(windows.first(2) == [start - day + 1, start - day + 2])
        }
        #expect(took < .seconds(1))
    }

    @Test func theEndOfTimeIsNoTrap() {
        let geometry = PaneGeometry(size: .max - 1, advance: .max - 1, grace: .max)
        let source = PaneWindows.Source(panes: panes([(0, 0)]), bounds: 0...(.max))
        let windows = PaneWindows(geometry, of: [source, source])
        #expect(windows.count == 1)
        #expect(windows.first(5) == [0])
        #expect(PaneWindows(.unbounded, of: [source]).first(5) == [0])
        #expect(PaneWindows(.unbounded, of: []).count == 0)
    }

    @Test func panesAreInOrderHoweverTheyCome() {
        var random = SystemRandomNumberGenerator()
        for order in 0..<3 {
            var list = PaneList()
            var starts = (0..<5000).map { Int64($0) }
            if order == 1 { starts.reverse() }
            if order == 2 { starts.shuffle(using: &random) }
            for start in starts {
                #expect(list.find(start: start, firstWindow: start) == nil)
                list.insert(Pane(start: start, firstWindow: start))
            }
            #expect(list.count == 5000 && list.first?.start == 0)
            #expect(list.map(\.start) == (0..<5000).map { Int64($0) })
            #expect(list.find(start: 4321, firstWindow: 4321)?.start == 4321)
            var behind: [Int64] = []
            list.forEach(from: 4990) { pane in
                behind.append(pane.start)
                return pane.start < 4995
            }
            #expect(behind == Array(4990...4995))
            #expect(list.removeFirst { $0.start < 777 }.count == 777)
            #expect(list.first?.start == 777 && list.count == 4223)
            #expect(list.removeAll().count == 4223 && list.isEmpty)
        }
    }
}
