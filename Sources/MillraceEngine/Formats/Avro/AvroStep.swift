// SPDX-License-Identifier: Apache-2.0

typealias AvroStepPointer = UnsafeMutablePointer<AvroStep>
typealias AvroSkipPointer = UnsafeMutablePointer<AvroSkip>

/// One step of a plan that reads Avro's bytes into columns. A plan is a tree of them, made once for a writer's schema
/// and the columns that are read: what a step needs to know is in it.
///
///     record Order {                       columns ID, CITY
///       long id                     ─►     int64 ID
///       string note                 ─►     skipRun: bytes, and then
///       union { null, double } rate ─►              eight bytes or null
///       string city                 ─►     text CITY
///     }
struct AvroStep {
    enum Operation: UInt8 {
        // What is not read.
        case skipNothing
        /// Values without parts, one after the other: `skips`, `number` of them.
        case skipRun
        // `parts`: what is repeated, chosen or in it.
        case skipArray, skipMap, skipUnion, skipRecord

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
    /// A byte before it says whether it is null: `nullByte`, or `valueByte` where it is not.
    private(set) var isOptional = false
    private(set) var nullByte: UInt8 = 0
    private(set) var valueByte: UInt8 = 2
    /// Where it goes; nil: nowhere, or, of the root, into several columns.
    var node: ColumnNode?
    var parts: AvroStepPointer?
    var partCount = 0
    var number = 0
    var scale = 0
    var bytes: UnsafeMutablePointer<UInt8>?
    var skips: AvroSkipPointer?

    init(_ operation: Operation, _ node: ColumnNode? = nil, number: Int = 0) {
        self.operation = operation
        self.node = node
        self.number = number
    }

    /// The same where it may be null.
    func optional(nullByte: UInt8) -> AvroStep {
        var result = self
        (result.isOptional, result.nullByte, result.valueByte) = (true, nullByte, 2 - nullByte)
        return result
    }
}

/// Values of a kind that nothing reads and that have no parts.
struct AvroSkip {
    enum Kind: UInt8 {
        /// Not null. `count`: how many there are one after the other; of fixed size, the bytes of all.
        case numbers, bytes, fixed
        /// One, behind a byte that says whether it is null.
        case optionalNumber, optionalBytes, optionalFixed
    }

    var kind: Kind
    /// The byte that stands for null, and the one that stands for a value.
    var nullByte: UInt8 = 0
    var valueByte: UInt8 = 2
    var count: Int

    /// The same where it may be null.
    func optional(nullByte: UInt8) -> AvroSkip {
        var result = self
        switch kind {
        case .numbers: result.kind = .optionalNumber
        case .bytes: result.kind = .optionalBytes
        case .fixed: result.kind = .optionalFixed
        case .optionalNumber, .optionalBytes, .optionalFixed: break
        }
        (result.nullByte, result.valueByte) = (nullByte, 2 - nullByte)
        return result
    }

    /// Both as one; nil: they are no values of one kind.
    func joined(_ next: AvroSkip) -> AvroSkip? {
        guard kind == next.kind, kind.rawValue <= Kind.fixed.rawValue else { return nil }
        var result = self
        result.count += next.count
        return result
    }
}

/// How records of one writer's schema are read. Owner of its steps.
final class AvroPlan {
    /// Lives as long as the plan.
    let root: AvroStepPointer
    /// Why parts cannot be resolved, in words: `LONG cannot be BOOLEAN`.
    let reasons: [String]
    private let memory: [UnsafeMutableRawPointer]

    init(root: AvroStepPointer, reasons: [String], memory: [UnsafeMutableRawPointer]) {
        self.root = root
        self.reasons = reasons
        self.memory = memory
    }

    deinit { for pointer in memory { pointer.deallocate() } }
}
