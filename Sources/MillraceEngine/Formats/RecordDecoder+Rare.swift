// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What is off the hot path: headers and the words for bad records.
extension RecordDecoder {
    /// Makes the columns good, and notes what is wrong and with which value.
    @inline(never)
    func noteBad(
        _ records: RawRecords, _ from: Int, _ row: Int, isKey: Bool, hasWindow: Bool, _ readers: inout FormatReaders,
        _ batch: DecodedBatch
    ) {
        let part = isKey ? key : value
        let bytes = isKey ? records.key(from + row) : records.value(from + row)
        let start = bytes?.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let suffix = isKey ? KeyWindows.suffixLength(source.windowedKey) : 0
        if let start, let bytes, hasWindow {
            part.withReason(start, count: bytes.count - suffix, row: row, readers: &readers) { failed in
                batch.badRows.append(describe(row, isKey: isKey, failed))
            }
        } else {
            batch.badRows.append(
                BadRow(row: row, reason: .noWindow, subject: nil, account: "", place: "key, byte 0"))
        }
        key.appendBad(row: row)
        value.appendBad(row: row)
    }

    func noteUnknownSchemas(_ batch: DecodedBatch) {
        guard key.hasPlans || value.hasPlans else { return }
        var ids: Set<Int32> = []
        for plans in [key.plans, value.plans].compactMap({ $0 }) {
            ids.formUnion(plans.missing)
            plans.forgetMissing()
        }
        batch.unknownSchemas = ids.sorted()
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
