// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// A part of an input log that a restart needs and that is not there.
///
///     was        S ───────── C                 committed: state from S on, results up to C
///     cut              [low ───────── high)    C < low: low − C records were never read; S < low ≤ C: state lacks some
///     shorter    [low ── high)     C           truncated, or made again
///     replaced   [low ───────── C ── high)     made again: the last record before C is another one
struct InputLoss: Equatable {
    enum Kind: Equatable {
        /// Retention has removed records that were not read yet.
        case cut
        /// Retention has removed records that the state was to be made of again.
        case stateCut
        /// The log ends before the committed offset.
        case shorter
        /// It is another log.
        case replaced
    }

    var kind: Kind
    var partition: TopicPartition
    var committed: Int64
    /// Where the re-read for the state was to begin.
    var restore: Int64
    /// What the log holds now.
    var low: Int64
    var high: Int64

    /// Finds what is missing; nil: nothing is.
    /// - Parameter isReplaced: the log is known to be another one.
    init?(
        _ partition: TopicPartition, committed: Int64, restore: Int64, low: Int64, high: Int64, isReplaced: Bool
    ) {
        if committed > high {
            kind = .shorter
        } else if isReplaced {
            kind = .replaced
        } else if committed < low {
            kind = .cut
        } else if restore < low {
            kind = .stateCut
        } else {
            return nil
        }
        (self.partition, self.committed, self.restore, self.low, self.high) = (partition, committed, restore, low, high)
    }

    /// The first offset that is certainly new.
    var next: Int64 { kind == .shorter ? high : max(committed, low) }

    /// How many offsets before the next one are never read, of records that no result was made of for all one can tell.
    var skipped: Int64 {
        switch kind {
        case .cut: low -| committed
        case .stateCut: 0
        case .shorter: high -| low
        case .replaced: max(committed -| low, 0)
        }
    }

    /// Whether what is left of the log has the records that the state was made of.
    private var isSameLog: Bool { kind == .cut || kind == .stateCut }

    /// The start that leaves out what is not there.
    func start(_ metadata: CommitMetadata, firstPartitions: Int32) -> Assignment.Start {
        var metadata = metadata
        // Another log's records must not be added to the state for those that it lacks.
        metadata.restoreOffset = isSameLog ? low : next
        if kind != .stateCut { metadata.lastRecord = nil }
        if let flushed = metadata.flush?.offset {
            metadata.flush?.offset = isSameLog ? max(flushed, low) : next
        }
        return Assignment.Start(
            partition: partition, metadata: metadata, read: metadata.restoreOffset, next: next, cut: max(high, next),
            firstPartitions: firstPartitions, loss: self)
    }

    var code: ErrorCode {
        switch kind {
        case .cut: .committedOffsetLost
        case .stateCut: .stateInputLost
        case .shorter: .inputShortened
        case .replaced: .inputReplaced
        }
    }

    /// What is wrong.
    var message: String {
        switch kind {
        case .cut:
            "\(partition) begins at \(low), but offset \(committed) was to be read next: "
                + "retention has removed \(NumberDisplay.count(skipped)) records that were not read yet"
        case .stateCut:
            "\(partition) begins at \(low), but the state needs the records from \(restore): "
                + "retention has removed them"
        case .shorter:
            "\(partition) ends at \(high), before the committed offset \(committed): "
                + "the log was truncated or made again"
        case .replaced:
            "the last record before \(partition)@\(committed) is not the one that was processed: "
                + "the topic was deleted and made again"
        }
    }

    /// What the run does about it under `skip`.
    var note: LogLine {
        var note = "\(message); input.lost is skip: going on at offset \(next)"
        if !isSameLog { note += ", \(NumberDisplay.count(skipped)) offsets before it are not read" }
        if restore < committed { note += "; groups that had records from \(restore) on may lack them" }
        return LogLine(.warn, note, code: code, partition: partition, offset: next)
    }

    /// What can be done where an input log is not what it was.
    static func hint(_ partition: TopicPartition, application: String) -> String {
        "start over: under another name (--application), or with the consumer group's offsets deleted "
            + "(kafka-consumer-groups --delete-offsets --group \(application) --topic \(partition.topic)); "
            + "or go on without what is lost: input.lost: skip"
    }

    func failure(application: String) -> RunFailure {
        var hint = InputLoss.hint(partition, application: application)
        if isSameLog { hint += "; give the topic a longer retention than stops, and than windows with their grace" }
        return RunFailure(.data, code, message, hint: hint, partition: partition, offset: next)
    }
}

/// The log of a partition is not the one that was processed before.
struct ReplacedInput: Error {
    var partition: TopicPartition
}
