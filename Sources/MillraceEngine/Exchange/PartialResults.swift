// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The first half of a query that is computed through an exchange: what this process has made of its source partitions
/// since the last commit. It is never read out; each commit hands it over and forgets it, so that nothing of the input
/// is ever read again for it.
final class PartialResults {
    /// Where one source partition stands.
    struct Source {
        var partition: TopicPartition
        var next: Int64
        /// The lowest of the roots that feed the query.
        var watermark: Watermark
    }

    let scope: AggregateScope
    private let exchange: QueryExchange
    private let fingerprint: UInt64
    private let writer: ChangelogWriter
    /// How far the exchange knows each source partition.
    private var told: [TopicPartition: Source] = [:]

    init(query: Int, _ exchange: QueryExchange, fingerprint: UInt64, scope: AggregateScope) {
        self.scope = scope
        self.exchange = exchange
        self.fingerprint = fingerprint
        writer = ChangelogWriter(
            query: query, source: nil, partitions: exchange.partitions,
            kind: ChangelogKey.Kind(scope.aggregation.window))
    }

    /// What lies before this place was handed over by an earlier commit, of this process or of another one.
    func begin(_ source: Source) { told[source.partition] = source }

    /// Hands over all of it, and then how far each source partition has come: whoever reads that has read the rest.
    func write(_ sources: [Source], into sink: any ChangelogSink) {
        let known = sources.compactMap { source in exchange.ordinal(source.partition).map { (source, $0) } }
        guard let origin = known.map(\.1).min() else { return }
        writer.sink = sink
        writer.origin = origin
        scope.handOver(to: writer)
        for (source, ordinal) in known {
            let before = told[source.partition] ?? source
            // A slice may end where nothing has come since the last commit, or nothing at all.
            guard before.next != source.next || before.watermark != source.watermark else { continue }
            writer.put(
                ExchangeProgress(
                    source: ordinal, fingerprint: fingerprint, from: before.next, to: source.next,
                    watermark: source.watermark))
            told[source.partition] = source
        }
        writer.forgetPieces()
        writer.sink = nil
    }
}
