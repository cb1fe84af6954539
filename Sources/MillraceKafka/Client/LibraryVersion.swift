// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka

/// The librdkafka that is loaded (it may differ from the one of the build), and what it can do.
package enum LibraryVersion {
    /// E.g. `2.0.2`.
    package static var text: String { String(cString: rd_kafka_version_str()) }

    /// `0xMMmmrrxx`: major, minor, revision, and a pre-release number (0xff for a release).
    package static var number: Int32 { rd_kafka_version() }

    /// What it was built with (`builtin.features`): `ssl`, `sasl_scram`, `zstd`, …
    package static var features: [String] {
        let configuration = rd_kafka_conf_new()
        defer { rd_kafka_conf_destroy(configuration) }
        var size = 0
        guard rd_kafka_conf_get(configuration, "builtin.features", nil, &size) == RD_KAFKA_CONF_OK else { return [] }
        var text = [CChar](repeating: 0, count: size)
        rd_kafka_conf_get(configuration, "builtin.features", &text, &size)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: ",").map { String($0.drop { $0 == " " }) }
    }

    /// From 2.2.0 on the pause after a full fetch queue can be set (`fetch.queue.backoff.ms`).
    package static var hasFetchQueueBackoff: Bool { number >= 0x0202_00ff }

    /// Before 2.6.1 SCRAM log-ins are refused by Kafka 4.0 and newer.
    package static var supportsScramOnKafka4: Bool { number >= 0x0206_01ff }

    /// From 2.12.0 on a record for a partition that does not exist leaves its headers to the caller.
    static var keepsHeadersOnUnknownPartition: Bool { number >= 0x020c_00ff }
}
