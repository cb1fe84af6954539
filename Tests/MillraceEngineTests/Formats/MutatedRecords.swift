// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

/// Records whose bytes were changed, read with all columns, with one and with none.
enum MutatedRecords {
    /// So many at once.
    static let count = 300

    /// How many a test makes in all: MILLRACE_MUTATIONS, where somebody has set it.
    static func wanted(orElse usual: Int) -> Int {
        ProcessInfo.processInfo.environment["MILLRACE_MUTATIONS"].flatMap { Int($0) } ?? usual
    }

    /// - Parameters:
    ///   - column: the one that is read alone.
    ///   - mutated: makes a value.
    static func check(_ source: SourceDefinition, _ table: SchemaTable, column: Int, _ mutated: () -> [UInt8]) {
        let choices = [Array(source.columns.indices), [column], []].map { columns in
            let decoder = RecordDecoder(source: source, columns: columns, strict: false)
            decoder.use(table)
            return (decoder, decoder.makeBatch())
        }
        let records = RawRecords(capacity: 64, byteCapacity: 1 << 16)
        for _ in 0..<count { records.append(key: nil, value: mutated(), timestamp: 0) }
        for (decoder, batch) in choices {
            decoder.decode(records, from: 0, to: records.count, into: batch)
            #expect(batch.columns.allSatisfy { $0.count == records.count })
            // What can be read can be passed over.
            for row in 0..<records.count where choices[0].1.status[row] == .ok {
                #expect(batch.status[row] == .ok)
            }
        }
    }
}
