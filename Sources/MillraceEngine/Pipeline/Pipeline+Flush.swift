// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// State to and from the changelogs. Called with nothing under way.
extension Pipeline {
    /// A place of a changelog: of a source partition (index), or of a query that regroups (nil).
    package typealias ChangelogPlace = Int?

    func changelogWriter(_ query: Int, _ place: Int, _ aggregation: Aggregation) -> ChangelogWriter? {
        guard let partitions = options.changelogs[query] else { return nil }
        return ChangelogWriter(
            query: query, source: place < 0 ? nil : sources[place].ordinal, partitions: partitions,
            kind: ChangelogKey.Kind(aggregation.window))
    }

    func fingerprint(_ query: Int) -> UInt64 {
        StateFingerprint.of(query, in: graph, exchange: options.exchanges[query])
    }

    /// Writes what the changelogs lack of the present state, and the markers of this flush. From then on a restart
    /// loads the state and reads again what comes behind.
    /// - Parameter number: higher than any before.
    package func flush(number: Int64, into sink: any ChangelogSink) {
        forEachScope { query, place, scope in
            guard let changelog = scope.changelog else { return }
            changelog.sink = sink
            changelog.deleteStrangers()
            scope.flush(into: changelog)
            changelog.put(marker(query, place, number))
            changelog.sink = nil
        }
        for (index, source) in sources.enumerated() {
            let queries = kept(index)
            guard !queries.isEmpty else { continue }
            source.flush = SourcePartition.Flush(
                number: number,
                checkpoint: SourcePartition.Checkpoint(offset: source.nextOffset, watermarks: source.watermarks),
                queries: queries)
            source.joinFloor = queries.contains { graph.reaches[$0].isPaired } ? joinRestorePoint(index) : nil
        }
    }

    /// The queries fed by a source that keep a changelog.
    private func kept(_ source: Int) -> Set<Int> { Set(options.changelogs.keys.filter { feeds(source, $0) }) }

    /// Whether records came since the last flush, or queries that it has nothing of.
    package var needsFlush: Bool {
        sources.enumerated().contains { index, source in
            let kept = kept(index)
            guard let flush = source.flush else { return !kept.isEmpty }
            return !kept.isEmpty
                && (flush.checkpoint.offset != source.nextOffset || !kept.isSubset(of: flush.queries))
        }
    }

    private func marker(_ query: Int, _ place: Int, _ number: Int64) -> ChangelogMarker {
        ChangelogMarker(
            fingerprint: fingerprint(query), number: number, partitions: 0, positions: positions(query, place))
    }

    private func positions(_ query: Int, _ place: Int) -> [ChangelogMarker.Position] {
        if place >= 0, let exchange = sources[place].exchange { return exchange.positions }
        return sources.enumerated().filter { place < 0 ? feeds($0.offset, query) : $0.offset == place }.map {
            let source = $0.element
            return ChangelogMarker.Position(
                topic: source.ordinal.topic, partition: source.ordinal.partition, offset: source.nextOffset)
        }
    }

    /// Where the state of a query lies in its changelog: one place for all sources, or one for each that feeds it, of
    /// an input or of its exchange.
    package func changelogPlaces(_ query: Int) -> [ChangelogPlace] {
        guard case .aggregate(let aggregation) = graph.program.queries[query].operation else { return [] }
        let feeding = sources.indices.filter { feeds($0, query) }
        if !aggregation.isPartitionAffine, options.exchanges[query] == nil { return feeding.isEmpty ? [] : [nil] }
        return feeding
    }

    /// The marker of a place in an image of its partition.
    package func marker(_ place: ChangelogPlace, in image: ChangelogImage) -> ChangelogMarker? {
        image.marker(topic: place.map { sources[$0].ordinal.topic })
    }

    /// Adds the entries that an image has of a place to the state, before any record is run.
    /// - Returns: how many there were.
    package func load(_ query: Int, _ place: ChangelogPlace, _ image: ChangelogImage) throws(StateError) -> Int {
        guard let scope = scopes[query][place ?? -1] else { throw StateError("the query has no such state") }
        if let exchange = place.flatMap({ sources[$0].exchange }) {
            exchange.restore(marker(place, in: image)?.positions ?? [])
        }
        var count = 0
        try image.forEachEntry(topic: place.map { sources[$0].ordinal.topic }) { entry throws(StateError) in
            try scope.load(entry)
            try noteLoaded(query, place, scope, entry)
            scope.changelog?.noteLoaded(name: entry.name, pieces: entry.pieces)
            count += 1
        }
        return count
    }

    /// The entries that an image has of a place are of another life of the state: the next flush deletes them.
    package func forget(_ query: Int, _ place: ChangelogPlace, _ image: ChangelogImage) throws(StateError) {
        guard let changelog = scopes[query][place ?? -1]?.changelog else { return }
        try image.forEachEntry(topic: place.map { sources[$0].ordinal.topic }) { entry throws(StateError) in
            changelog.noteStranger(name: entry.name, pieces: entry.pieces)
        }
    }
}
