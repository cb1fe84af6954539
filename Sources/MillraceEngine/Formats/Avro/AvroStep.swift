// SPDX-License-Identifier: Apache-2.0

typealias AvroStepPointer = UnsafeMutablePointer<AvroStep>

/// One step of a plan that reads Avro's bytes into columns. A plan is a tree of them, made once for a writer's schema
/// and the columns that are read: what a step needs to know is in it.
///
///     record Order {                       columns ID, CITY
///       long id                     ─►     int64 ID
///       string note                 ─►     skipBytes
///       union { null, Address } to  ─►     skipOptional, or a structure …
///     }
struct AvroStep {
    enum Operation: UInt8 {
        // What is not read. `number`: bytes, or how many values one after the other.
        case skipNothing, skipFixed, skipVarints, skipBytes
        // `part`: what is repeated, chosen or in it.
        case skipArray, skipMap, skipOptional, skipUnion, skipRecord

        case null, boolean
        // Integers of 32 and 64 bits. `number`: the divisor of times.
        case int32, int64, time, timestamp, doubleOfInteger, double, doubleOfFloat
        case text, bytes, fixedText, fixedBytes
        /// `number`: bytes of a fixed, −1: as many as it says; `scale`: the writer's.
        case decimal
        case booleanText, integerText
        /// `parts`: one a symbol, with its text.
        case enumeration
        case array, map, entries, structure
        /// The fields of a record, each into its own column.
        case record
        /// Null or one other type. `number`: the byte that stands for null.
        case optional
        case union
        /// A union of several types into a STRUCT: `parts` has one a branch, whose `number` is its field, −1: none.
        case unionStructure
        /// A symbol of an enum: `bytes`.
        case symbol
        /// A default: `part` reads it from `bytes`.
        case fallback
        /// It cannot be resolved. `number`: which of the plan's reasons says why.
        case refuse
    }

    var operation: Operation
    /// Where it goes; nil: nowhere, or, of the root, into several columns.
    var node: ColumnNode?
    var parts: AvroStepPointer?
    var partCount = 0
    var number = 0
    var scale = 0
    var bytes: UnsafeMutablePointer<UInt8>?

    init(_ operation: Operation, _ node: ColumnNode? = nil, number: Int = 0) {
        self.operation = operation
        self.node = node
        self.number = number
    }
}

/// How records of one writer's schema are read. Owner of its steps.
final class AvroPlan {
    /// Lives as long as the plan.
    let root: AvroStepPointer
    /// Why parts cannot be resolved, in words: `LONG cannot be BOOLEAN`.
    let reasons: [String]
    private let steps: [AvroStepPointer]
    private let texts: [UnsafeMutablePointer<UInt8>]

    init(root: AvroStepPointer, reasons: [String], steps: [AvroStepPointer], texts: [UnsafeMutablePointer<UInt8>]) {
        self.root = root
        self.reasons = reasons
        self.steps = steps
        self.texts = texts
    }

    deinit {
        // The root is the first of its array, which is among them.
        for pointer in steps { pointer.deallocate() }
        for pointer in texts { pointer.deallocate() }
    }
}
