// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Where one thread of a pipeline puts what comes out of it. Called on that thread only.
package protocol PipelineOutput: AnyObject {
    /// Result rows of a query (index into the program's queries). The batch is valid during the call.
    /// - Parameter source: the source partition that the rows come from; nil for results of several.
    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?)

    /// A record that did not reach a query's result. The records are valid during the call.
    func reject(_ rejection: Rejection)
}
