// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// What is not read.
extension AvroPlanCompiler {
    enum Skip {
        case value(AvroSkip)
        case parts(AvroStep)
    }

    /// Adds steps that pass over all of it; values without parts that stand one after the other are one step.
    mutating func append(_ skips: inout [Skip], to steps: inout [AvroStep]) {
        var run: [AvroSkip] = []
        for skip in skips {
            switch skip {
            case .value(let value):
                if let joined = run.last?.joined(value) {
                    run[run.count - 1] = joined
                } else {
                    run.append(value)
                }
            case .parts(let step):
                if step.operation == .skipNothing { continue }
                append(&run, to: &steps)
                steps.append(step)
            }
        }
        append(&run, to: &steps)
        skips.removeAll()
    }

    private mutating func append(_ run: inout [AvroSkip], to steps: inout [AvroStep]) {
        if run.isEmpty { return }
        var step = AvroStep(.skipRun, number: run.count)
        step.skips = store(run)
        steps.append(step)
        run.removeAll()
    }

    /// The root, which may be null: that is known, though nothing reads it.
    mutating func skipRoot() -> AvroStep {
        guard case .union(let branches) = writer.rootType.kind, let (branch, nullByte) = optional(branches) else {
            return skipStep(writer.root)
        }
        return skipStep(branch).optional(nullByte: nullByte)
    }

    /// One step that passes over a type.
    mutating func skipStep(_ index: Int) -> AvroStep {
        var skips = [skip(index)]
        var steps: [AvroStep] = []
        append(&skips, to: &steps)
        return steps.first ?? AvroStep(.skipNothing)
    }

    mutating func skip(_ index: Int) -> Skip {
        switch writer[index].kind {
        case .null: return .parts(AvroStep(.skipNothing))
        case .boolean: return .value(AvroSkip(kind: .fixed, count: 1))
        case .int, .long, .enumeration: return .value(AvroSkip(kind: .numbers, count: 1))
        case .float: return .value(AvroSkip(kind: .fixed, count: 4))
        case .double: return .value(AvroSkip(kind: .fixed, count: 8))
        case .fixed(let size): return .value(AvroSkip(kind: .fixed, count: size))
        case .bytes, .string: return .value(AvroSkip(kind: .bytes, count: 1))
        case .array(let part): return .parts(with(.skipArray, nil, [skipStep(part)]))
        case .map(let part): return .parts(with(.skipMap, nil, [skipStep(part)]))
        case .union(let branches):
            guard let (branch, nullByte) = optional(branches) else {
                return .parts(with(.skipUnion, nil, branches.map { skipStep($0) }))
            }
            switch skip(branch) {
            case .value(let value): return .value(value.optional(nullByte: nullByte))
            case .parts(let step): return .parts(step.optional(nullByte: nullByte))
            }
        case .record(let fields): return .parts(skipRecord(index, fields))
        }
    }

    private mutating func skipRecord(_ index: Int, _ fields: [AvroField]) -> AvroStep {
        var record = AvroStep(.skipRecord)
        record.partCount = 1
        if let known = skippedRecords[index] {
            record.parts = known
            return record
        }
        // The place of its fields is known before they are, because they may lead back to it.
        let place = store([AvroStep(.skipNothing)])
        skippedRecords[index] = place
        var skips: [Skip] = []
        var parts: [AvroStep] = []
        for field in fields { skips.append(skip(field.type)) }
        append(&skips, to: &parts)
        place.pointee = with(.skipRecord, nil, parts)
        record.parts = place
        return record
    }
}
