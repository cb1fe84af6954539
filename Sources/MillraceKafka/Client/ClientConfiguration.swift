// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import MillraceLog

enum ClientKind {
    case consumer, producer
    /// A consumer that reads nothing: unlike a producer's, its look-ups never create topics.
    case admin
}

/// Settings of one client in the making: defaults that users may change, the users' own, what the engine insists on.
struct ClientConfiguration {
    let kind: ClientKind
    var defaults: [(name: String, value: String)] = []
    var properties: KafkaProperties
    var required: [(name: String, value: String)] = []

    /// A configuration object of librdkafka's, owned by the caller until `rd_kafka_new` succeeds.
    func make() throws(KafkaError) -> OpaquePointer {
        guard let configuration = rd_kafka_conf_new() else {
            throw .configuration("out of memory", operation: "configure the client")
        }
        do throws(KafkaError) {
            for (name, value) in defaults { try ClientConfiguration.set(name, value, in: configuration) }
            for property in properties.properties where PropertyScope.applies(property.name, to: kind) {
                try ClientConfiguration.set(property.name, property.value, in: configuration)
            }
            for (name, value) in required { try ClientConfiguration.set(name, value, in: configuration) }
        } catch {
            rd_kafka_conf_destroy(configuration)
            throw error
        }
        return configuration
    }

    static func set(_ name: String, _ value: String, in configuration: OpaquePointer?) throws(KafkaError) {
        let problem = withErrorText { text, size in
            rd_kafka_conf_set(configuration, name, value, text, size) == RD_KAFKA_CONF_OK
        }
        if let problem { throw .configuration(problem, operation: "set \(name)") }
    }
}

/// Runs a call that writes an error text; returns the text unless the call succeeded.
func withErrorText(_ call: (UnsafeMutablePointer<CChar>?, Int) -> Bool) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
        buffer.initialize(repeating: 0)
        if call(buffer.baseAddress, buffer.count) { return nil }
        guard let text = buffer.baseAddress else { return "unknown error" }
        return String(cString: text)
    }
}
