// SPDX-License-Identifier: Apache-2.0

extension RunReport {
    /// The report as one line of JSON, as `--report` writes it:
    ///
    ///     {"stages":[{"query","mode","slices":[{"topic","partition","from","to"}],"records","rows","P","S",
    ///                 "elapsedMs"}],
    ///      "R","accounts":[{"query","topic","partition","read","used","filtered","late","bad","superseded"}],
    ///      "notes":[{"subject","reason","step"}]}
    package var json: String {
        let stages = stages.map(\.json).joined(separator: ",")
        let accounts = accounts.map(\.json).joined(separator: ",")
        let notes = notes.map(\.json).joined(separator: ",")
        return "{\"stages\":[\(stages)],\"R\":\(JSONPieces.number(rate)),\"accounts\":[\(accounts)],"
            + "\"notes\":[\(notes)]}"
    }
}

extension StageReport {
    fileprivate var json: String {
        JSONPieces.object([
            ("query", JSONPieces.string(query)), ("mode", JSONPieces.string(mode.rawValue)),
            ("slices", "[\(slices.map(\.json).joined(separator: ","))]"),
            ("records", "\(records)"), ("rows", "\(rows)"), ("P", JSONPieces.number(yield)),
            ("S", JSONPieces.number(speed)), ("elapsedMs", JSONPieces.number(elapsedMilliseconds)),
        ])
    }
}

extension StageReport.Slice {
    fileprivate var json: String {
        JSONPieces.object([
            ("topic", JSONPieces.string(topic)), ("partition", "\(partition)"), ("from", "\(from)"), ("to", "\(to)"),
        ])
    }
}

extension AccountReport {
    fileprivate var json: String {
        JSONPieces.object([
            ("query", JSONPieces.string(query)), ("topic", JSONPieces.string(topic)), ("partition", "\(partition)"),
            ("read", "\(read)"), ("used", "\(used)"), ("filtered", "\(filtered)"), ("late", "\(late)"),
            ("bad", "\(bad)"), ("superseded", "\(superseded)"),
        ])
    }
}

extension ReportNote {
    package var json: String {
        JSONPieces.object([
            ("subject", JSONPieces.string(subject)), ("reason", JSONPieces.string(reason)),
            ("step", step.map(JSONPieces.string) ?? "null"),
        ])
    }
}
