// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What is off the hot path: headers and the words for bad records.
extension RecordDecoder {
    /// Makes the columns good, and notes what is wrong and with which value.
    @inline(never)
    func noteBad(
        _ records: RawRecords, _ from: Int, _ row: Int, isKey: Bool, _ reader: inout JSONReader, _ batch: DecodedBatch
    ) {
        let shown = findReason(records, from, row, isKey: isKey, &reader)
        key.appendBad(row: row)
        value.appendBad(row: row)
        batch.badRows.append(describe(row, isKey: isKey, reader, shown: shown))
    }

    /// Finds out once more why a record is bad, whatever lies behind it in memory. (A windowed key is told from its own
    /// end.)
    /// - Returns: the value that is wrong, for messages.
    private func findReason(
        _ records: RawRecords, _ from: Int, _ row: Int, isKey: Bool, _ reader: inout JSONReader
    ) -> String {
        let part = isKey ? key : value
        if isKey, source.windowedKey != nil { return part.failedValue(reader) }
        guard let text = isKey ? records.key(from + row) : records.value(from + row), let base = text.baseAddress else {
            return ""
        }
        return part.findReason(
            base.assumingMemoryBound(to: UInt8.self), count: text.count, row: row, reader: &reader)
    }

    private func headers(_ records: RawRecords, _ row: Int) -> [RawRecords.Header] {
        row < records.headers.count ? records.headers[row] : []
    }

    /// HEADERS: all of them, as an array of structs.
    func appendHeaders(_ records: RawRecords, from: Int, _ batch: DecodedBatch, to column: Column) {
        for row in 0..<batch.rows {
            if batch.status[row] == .bad {
                column.appendNull()
                continue
            }
            let entries = headers(records, from + row).map { header in
                Value.structure([.text(header.name), header.value.map { .bytes($0) } ?? .null])
            }
            column.append(.array(entries))
        }
    }

    /// HEADER('name'): the last one of that name.
    func appendHeader(_ name: String, _ records: RawRecords, from: Int, _ batch: DecodedBatch, to column: Column) {
        for row in 0..<batch.rows {
            let header = headers(records, from + row).last { $0.name.utf8.elementsEqual(name.utf8) }
            if batch.status[row] != .bad, let bytes = header?.value {
                column.append(.bytes(bytes))
            } else {
                column.appendNull()
            }
        }
    }
}
