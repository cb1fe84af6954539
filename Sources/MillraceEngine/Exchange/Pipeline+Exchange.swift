// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillracePlan

/// Queries that several processes compute together. Called with nothing under way.
extension Pipeline {
    /// Hands over what was made of the source partitions since the last commit, and how far they have come. It belongs
    /// into the transaction that commits their offsets.
    package func handOverPartials(to sink: any ChangelogSink) {
        for query in partials.keys.sorted() {
            partials[query]?.write(sources.indices.compactMap { partialSource($0, query) }, into: sink)
        }
    }

    /// All that lies before the present places was handed over by earlier commits.
    func beginPartials() {
        for (query, partial) in partials {
            for source in sources.indices { if let place = partialSource(source, query) { partial.begin(place) } }
        }
    }

    private func partialSource(_ source: Int, _ query: Int) -> PartialResults.Source? {
        guard supplies(source, query) else { return nil }
        return PartialResults.Source(
            partition: sources[source].topicPartition, next: sources[source].nextOffset,
            watermark: ownWatermark(source, query))
    }

    /// Whether a source is a partition of an exchange, not of an input.
    package func isExchange(_ source: Int) -> Bool { sources[source].exchange != nil }

    /// Whether a source is a partition of an exchange through which nothing more comes: every source partition has told
    /// its end.
    package func isExhausted(_ source: Int) -> Bool { sources[source].exchange?.watermark == .end }

    /// The queries whose exchange holds what the records of a source, before its place, made of them; of a partition of
    /// an exchange the query that it belongs to.
    package func exchangedQueries(_ source: Int) -> [Int] {
        if let exchange = sources[source].exchange { return [exchange.query] }
        return options.exchanges.keys.filter { supplies(source, $0) }.sorted()
    }

    /// The first record of an exchange that could not be used.
    package var exchangeFailure: (partition: TopicPartition, error: ChangelogError)? {
        for source in sources {
            if let failure = source.exchange?.failure { return (source.topicPartition, failure) }
        }
        return nil
    }

    /// Whether a flush now finds whole values only. Pieces of one value may lie on both sides of a commit; who begins
    /// behind a flush reads no piece before it.
    package var isBetweenValues: Bool { sources.allSatisfy { $0.exchange?.isBetweenValues ?? true } }

    /// How far each source partition that feeds a query has come, as far as this process knows: its own ones, or what
    /// has come through the exchange.
    package func feedingWatermarks(_ query: Int) -> [(partition: TopicPartition, watermark: Watermark)] {
        if let exchange = options.exchanges[query] {
            guard let input = sources.compactMap(\.exchange).first(where: { $0.query == query }) else { return [] }
            return exchange.sources.map { ($0, input.watermark(of: $0)) }
        }
        return sources.indices.filter { feeds($0, query) }.map {
            (sources[$0].topicPartition, ownWatermark($0, query))
        }
    }
}
