// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka

/// The librdkafka that is loaded (it may differ from the one of the build), and what it can do.
package enum LibraryVersion {
    /// E.g. `2.0.2`.
    package static var text: String { String(cString: rd_kafka_version_str()) }

    /// `0xMMmmrrxx`: major, minor, revision, and a pre-release number (0xff for a release).
    package static var number: Int32 { rd_kafka_version() }

    /// From 2.2.0 on the pause after a full fetch queue can be set (`fetch.queue.backoff.ms`).
    package static var hasFetchQueueBackoff: Bool { number >= 0x0202_00ff }

    /// Before 2.6.1 SCRAM log-ins are refused by Kafka 4.0 and newer.
    package static var supportsScramOnKafka4: Bool { number >= 0x0206_01ff }

    /// From 2.12.0 on a record for a partition that does not exist leaves its headers to the caller.
    static var keepsHeadersOnUnknownPartition: Bool { number >= 0x020c_00ff }
}
