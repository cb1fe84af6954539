// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Where one thread of a pipeline puts what comes out of it. Called on that thread only.
package protocol PipelineOutput: AnyObject {
    /// Result rows of a query (index into the program's queries). The batch is valid during the call.
    /// - Parameter inputPartition: the source partition that the rows come from; 0 for results of several.
    func receive(_ batch: ResultBatch, query: Int, inputPartition: Int32)

    /// A record that is late or bad. The records are valid during the call.
    func reject(_ rejection: Rejection)
}

/// A record that did not reach a query's result, and why.
package struct Rejection {
    package enum Kind: Hashable, Sendable {
        case late, bad
    }

    package var query: Int
    package var kind: Kind
    /// As it is counted, for example `wrong type`; of a late record `late`.
    package var reason: String
    /// With the place in the record, for example `value, column AMOUNT, byte 17: wrong type`.
    package var detail: String
    package var topic: String
    package var records: RawRecords
    package var row: Int
}
