// SPDX-License-Identifier: Apache-2.0
import MillracePlan

typealias ProtobufStepPointer = UnsafeMutablePointer<ProtobufStep>
typealias ProtobufMessagePointer = UnsafeMutablePointer<ProtobufMessageSteps>

/// What a field of a message is read as. A plan is a tree of them, made once for a writer's message and the columns
/// that are read; fields that it does not have are passed over.
///
///     message Order {                        columns ID, CITY
///       int64 id = 1;                  ─►    1: bigint ID
///       string note = 2;               ─►    (passed over)
///       Address to = 3;                ─►    3: message TO, with steps of its own
///     }
struct ProtobufStep {
    enum Operation: UInt8 {
        /// A whole number of 64 bits to a BIGINT, one of 32 to an INTEGER.
        case bigint, integer
        /// A whole number to any other column, by `form`.
        case number
        case text, bytes, boolean, float, double, enumeration
        case timestamp, date, time, decimal
        /// `message` has the fields of a STRUCT, the key and value of an entry, the value in a wrapper.
        case message, entry, wrapper
        /// It is not read, but takes back what another field of its oneof has said. `note`: its number.
        case skip
        /// It cannot be read. `note`: which of the plan's reasons says why.
        case refuse
    }

    /// How whole numbers lie in a record.
    enum Form: UInt8 {
        case int32, int64, uint32, uint64, sint32, sint64, fixed32, fixed64, sfixed32, sfixed64
    }

    /// What a column is where a record does not have the field.
    enum Absence: UInt8 {
        case null
        /// Zero, false, no bytes; or what the file says of it: `fallback`.
        case zero
        /// What has been read of a repeated field.
        case array, map
        case refuse
    }

    var operation: Operation
    var form = Form.int64
    /// How the field is marked in a record: 0 a number, 1 eight bytes, 2 a length and bytes, 5 four bytes.
    var wire: UInt8 = 0
    var absence = Absence.null
    var isRepeated = false
    /// The column or field of a STRUCT; nil: none. Of a repeated field the ARRAY or MAP.
    var node: ColumnNode?
    /// What one value goes into.
    var element: ColumnNode?
    var message: ProtobufMessagePointer?
    /// The columns of the other fields of its oneof.
    var others: UnsafeMutablePointer<ColumnNode>?
    var otherCount = 0
    /// Which oneof; −1: none.
    var oneof = -1
    var note = 0
    /// Of enums, in the order of their numbers.
    var symbols: UnsafeMutablePointer<ProtobufSymbol>?
    var symbolCount = 0
    var isClosed = false
    /// What stands for a field that is not there: the bits of a number, or a text.
    var fallbackBits: UInt64 = 0
    var fallbackBytes: UnsafeMutablePointer<UInt8>?
    var fallbackCount = 0

    init(_ operation: Operation) { self.operation = operation }

    /// How the loop over the fields of a message reads it; nil: it does not.
    var action: ProtobufMark.Action? {
        guard !isRepeated, oneof < 0, node != nil, node == element else { return nil }
        switch operation {
        case .bigint: return wire == 0 ? .bigint : nil
        case .integer: return wire == 0 && form == .int32 ? .integer : nil
        case .double: return wire == 1 ? .double : nil
        case .text: return wire == 2 ? .text : nil
        default: return nil
        }
    }

    /// Whether it is a message, of which parts that come later are added to what was there.
    var isMerged: Bool {
        guard !isRepeated else { return false }
        switch operation {
        case .message, .wrapper, .timestamp, .date, .time, .decimal: return true
        default: return false
        }
    }
}

struct ProtobufSymbol {
    var number: Int32
    var bytes: UnsafeMutablePointer<UInt8>
    var count: Int
}

/// A STRUCT that stands for a oneof.
struct ProtobufUnion {
    var node: ColumnNode
}

/// What the loop over the fields of a message does with a field, by its mark in the record: its number and how it lies
/// there, `number << 3 | wire`.
struct ProtobufMark {
    enum Action: UInt8 {
        /// The step has to be looked up by the number of the field.
        case other
        // Nothing reads it.
        case skipNumber, skipBytes, skipEight, skipFour
        // One value without parts that stands alone in its column.
        case bigint, integer, double, text

        /// Of a field that nothing reads, by how it lies in a record.
        static func skip(wire: Int) -> Action {
            switch wire {
            case 0: .skipNumber
            case 1: .skipEight
            case 2: .skipBytes
            case 5: .skipFour
            default: .other
            }
        }
    }

    var action: Action
    var node: ColumnNode?
}

/// The fields of a message that are read.
struct ProtobufMessageSteps {
    var steps: ProtobufStepPointer
    var count: Int
    /// By the marks of fields, up to a limit.
    var marks: UnsafeMutablePointer<ProtobufMark>
    var markCount: Int
    /// By number of field, up to a limit: the place of its step, counted from 1; 0: it is passed over.
    var table: UnsafeMutablePointer<UInt16>
    var tableCount: Int
    /// The numbers beyond the table, in ascending order, each with the place of its step.
    var beyond: UnsafeMutablePointer<(number: Int32, step: Int)>
    var beyondCount: Int
    var unions: UnsafeMutablePointer<ProtobufUnion>
    var unionCount: Int
    /// Which of the plan's reasons says why there is no such message; −1: there is one.
    var refusal = -1

    /// The place of the step of a number; nil: it has none.
    func index(of number: UInt64) -> Int? {
        if number < UInt64(tableCount) {
            let place = Int(table[Int(number)])
            return place > 0 ? place - 1 : nil
        }
        return find(number).map { $0 - steps }
    }

    /// The step of a number that is not in the table.
    @inline(never)
    func find(_ number: UInt64) -> ProtobufStepPointer? {
        var (low, high) = (0, beyondCount)
        while low < high {
            let middle = (low + high) / 2
            let found = UInt64(beyond[middle].number)
            if found == number { return steps + beyond[middle].step }
            if found < number { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

/// How records of one message of a writer's schema are read. Owner of its steps.
final class ProtobufPlan {
    /// Lives as long as the plan.
    let root: ProtobufMessagePointer
    /// Why parts cannot be read, in words: `has int64`.
    let reasons: [String]
    private let memory: [UnsafeMutableRawPointer]

    init(root: ProtobufMessagePointer, reasons: [String], memory: [UnsafeMutableRawPointer]) {
        self.root = root
        self.reasons = reasons
        self.memory = memory
    }

    deinit { for pointer in memory { pointer.deallocate() } }
}
