// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// How much memory the state of a run may take (`state.memory.max`): bytes, or a share of what there is.
package enum MemoryLimit: Hashable, Sendable {
    case bytes(Int64)
    /// Of the machine's memory, or of what the container may have.
    case percent(Int64)
    case off

    package static let byDefault = MemoryLimit.percent(50)

    private static let units: [(name: String, factor: Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
    ]

    /// `2GiB`, `500MB`, `50%`, `off`.
    package static func parse(_ text: String, at location: SourceLocation?) throws(SourceError) -> MemoryLimit {
        if text == "off" { return .off }
        let digits = text.prefix { $0 >= "0" && $0 <= "9" }
        let unit = String(text[digits.endIndex...])
        if let number = Int64(digits), number > 0 {
            if unit == "%", number <= 100 { return .percent(number) }
            if let factor = units.first(where: { $0.name == unit })?.factor {
                let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
                if !overflow { return .bytes(bytes) }
            }
        }
        throw SourceError(
            "state.memory.max is a size or a share of the memory, not '\(text)'", at: location,
            hint: "write 500MB, 2GiB, 50% or off")
    }

    /// As it is written.
    package var text: String {
        switch self {
        case .bytes(let bytes):
            let unit = MemoryLimit.units.filter { bytes % $0.factor == 0 }.max { $0.factor < $1.factor }
            return unit.map { "\(bytes / $0.factor)\($0.name)" } ?? "\(bytes)"
        case .percent(let percent): return "\(percent)%"
        case .off: return "off"
        }
    }

    /// - Parameter available: bytes; nil: not known.
    /// - Returns: nil: no limit.
    package func bytes(available: Int64?) -> Int64? {
        switch self {
        case .bytes(let bytes): return bytes
        case .percent(let percent): return available.map { $0 / 100 * percent }
        case .off: return nil
        }
    }
}
