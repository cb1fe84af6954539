// SPDX-License-Identifier: Apache-2.0

/// What a client's queue may take of a memory budget: a sixteenth, where that is less than it takes anyway.
///
///     budget    64 MiB    256 MiB    1 GiB and more
///     queue      4 MiB     16 MiB    as the client has it
struct MemoryShare: Equatable {
    static let part: Int64 = 16
    /// Records of 1 MB, the largest that brokers take unless they are told otherwise, must get through.
    static let leastKilobytes = 2048

    let kilobytes: Int

    /// Nil: the budget is no reason to take less than `usual`.
    init?(budget: Int64?, below usual: Int) {
        guard let budget else { return nil }
        let kilobytes = max(Int(clamping: budget / MemoryShare.part / 1024), MemoryShare.leastKilobytes)
        guard kilobytes < usual else { return nil }
        self.kilobytes = kilobytes
    }
}
