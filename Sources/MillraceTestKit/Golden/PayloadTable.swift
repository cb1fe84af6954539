// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// One line of `Tests/Golden/odd_payloads.table`: a declared stream, one record, and what comes of it.
package struct PayloadCase: Sendable, CustomStringConvertible {
    package var name: String
    package var columns: String
    package var properties: String
    package var timestamp: Int64
    package var key: [UInt8]?
    package var value: [UInt8]?
    /// The result without its topic; nil: the record is bad.
    package var result: String?
    /// Counted from 1.
    package var line: Int
    /// Nobody has said yet what comes of it.
    package var isOpen: Bool

    package var description: String { name }

    /// `SELECT *` of one topic to another.
    /// - Parameter suffix: of the names of streams, for many cases in one program.
    package func program(input: String, output: String, suffix: String = "") -> String {
        """
        CREATE STREAM source\(suffix) (\(columns)) WITH (KAFKA_TOPIC='\(input)', \(properties));
        CREATE STREAM copy\(suffix) WITH (KAFKA_TOPIC='\(output)') AS SELECT * FROM source\(suffix);
        """
    }

    /// The lines that a replay prints.
    package func lines(output: String) -> [String] { result.map { ["{\"topic\":\"\(output)\",\($0)}"] } ?? [] }
}

/// Reads the table.
package enum PayloadTable {
    package static func parse(_ text: String) throws -> [PayloadCase] {
        try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
            let cells = GoldenText.cells(String(line))
            guard cells.count == 7, let time = Int64(cells[3]), let key = GoldenText.bytes(cells[4]),
                let value = GoldenText.bytes(cells[5])
            else {
                throw GoldenParser.Failure(
                    description: "line \(index + 1): write NAME | COLUMNS | PROPERTIES | TIME | KEY | VALUE | RESULT")
            }
            return PayloadCase(
                name: cells[0], columns: cells[1], properties: cells[2], timestamp: time, key: key.bytes,
                value: value.bytes, result: cells[6] == "bad" ? nil : cells[6], line: index + 1,
                isOpen: cells[6] == "?")
        }
    }
}
