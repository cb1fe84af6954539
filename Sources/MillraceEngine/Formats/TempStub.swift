import MillraceCore
import MillracePlan
package enum RowStatus: UInt8, Sendable { case ok, nullValue, bad }
package enum BadReason: UInt8 { case a; var text: String { "" } }
package struct BadRow { var row: Int; var reason: BadReason; var detail: String }
package final class DecodedBatch {
  let columns: [Column] = []
  var status: UnsafeMutablePointer<RowStatus> = .allocate(capacity: 1)
  var badRows: [BadRow] = []
  var windowStarts: UnsafeMutablePointer<Int64>?
  var windowEnds: UnsafeMutablePointer<Int64>?
}
final class RecordDecoder { init(source: SourceDefinition, columns: [Int], strict: Bool) {} ; func makeBatch() -> DecodedBatch { DecodedBatch() } ; func decode(_ r: RawRecords, from: Int, to: Int, into: DecodedBatch) {} }
