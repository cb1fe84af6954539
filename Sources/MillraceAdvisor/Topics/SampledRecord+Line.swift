// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
package import MillraceRun

extension SampledRecord {
    /// `orders/2@17`
    var place: String { "\(partition)@\(offset)" }
}

extension TopicGuess {
    /// `orders/2@17  2026-11-26T04:00:00.000Z  key  value  {header=value}`, at most `width` characters of each.
    package func line(_ record: SampledRecord, width: Int) -> String {
        let time = record.timestamp.map { TimeDisplay.timestamp($0) } ?? "no time"
        let row = decoded?.rows[record.place]
        var value = TopicGuess.text(record.value, value.encoding, width)
        if self.value.hasSchema, let bytes = record.value {
            // What cannot be read is not shown as a text, either.
            value = row.map { VisibleText.of($0.value, width: width) } ?? VisibleText.hexadecimal(bytes, width: width)
        }
        let headers = record.headers.map { header in
            "\(VisibleText.of(header.name))=\(header.value.map { VisibleText.of($0, width: width) } ?? "null")"
        }
        return "\(record.place)  \(time)  \(keyText(record.key, row?.key, width))  \(value)"
            + (headers.isEmpty ? "" : "  {\(headers.joined(separator: ", "))}")
    }

    /// A key with its window behind it, where it has one.
    /// - Parameter decoded: the key as its schema has it, where it has one.
    private func keyText(_ bytes: [UInt8]?, _ decoded: [UInt8]?, _ width: Int) -> String {
        var text = TopicGuess.text(
            window.flatMap { window in bytes.map(window.ownBytes) } ?? bytes, key.encoding, width)
        if key.hasSchema, let decoded { text = VisibleText.of(decoded, width: width) }
        guard let window, let bytes else { return text }
        return "\(text) \(window.text(bytes))"
    }

    private static func text(_ bytes: [UInt8]?, _ encoding: EncodingGuess.Encoding, _ width: Int) -> String {
        guard let bytes else { return "null" }
        let number = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch (encoding, bytes.count) {
        case (.bigint, 8): return "\(Int64(bitPattern: number))"
        case (.double, 8): return "\(Double(bitPattern: number))"
        case (.integer, 4): return "\(Int32(truncatingIfNeeded: number))"
        default: return bytes.isEmpty ? "''" : VisibleText.of(bytes, width: width)
        }
    }
}
