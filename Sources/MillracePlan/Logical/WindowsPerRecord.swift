// SPDX-License-Identifier: Apache-2.0

/// How many windows a record falls in, and how many it may: each of them is a result of its own.
package enum WindowsPerRecord {
    /// What SET and the configuration call the limit.
    package static let setting = "windows.per.record.max"

    /// Where nobody says another one.
    package static let byDefault: Int64 = 10_000

    /// From here on people are told.
    package static let noteworthy: Int64 = 100

    /// A whole number from 1 on; nil: it is none.
    package static func parse(_ text: String) -> Int64? {
        guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int64(text), number > 0 else { return nil }
        return number
    }
}

extension Window {
    /// At most so many windows does a record fall in.
    package var windowsPerRecord: Int64 {
        guard case .hopping(let size, let advance) = kind, advance > 0 else { return 1 }
        let whole = size / advance
        return size % advance == 0 ? whole : whole + 1
    }
}
