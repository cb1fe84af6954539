// SPDX-License-Identifier: Apache-2.0

/// When which record is to be sent, fixed beforehand.
struct Schedule {
    /// Records a second.
    let rate: Int
    /// In all.
    let count: Int
    /// What is sent in this time does not count.
    let warmupSeconds: Double

    init(rate: Int, seconds: Double, warmupSeconds: Double) {
        self.rate = max(1, rate)
        self.warmupSeconds = warmupSeconds
        count = Int((seconds + warmupSeconds) * Double(self.rate))
    }

    /// Every second record passes, the first one does.
    var expectedResults: Int { (count + 1) / 2 }

    /// When this record is to be sent, in nanoseconds after the first one.
    func nanoseconds(_ number: Int) -> Int64 { Int64(Double(number) * 1e9 / Double(rate)) }
}
