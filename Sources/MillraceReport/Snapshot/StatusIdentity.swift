// SPDX-License-Identifier: Apache-2.0

/// What a run is: the facts that do not change while it goes on.
package struct StatusIdentity: Sendable {
    /// One line of the effective configuration, fit for showing: secrets are masked.
    package struct Setting: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var application: String
    package var instance: String
    package var startedMilliseconds: Int64
    package var version: String
    package var libraryVersion: String
    /// Where Kafka is (`bootstrap.servers`).
    package var brokers: String
    package var settings: [Setting]
    /// As `explain` prints it.
    package var plan: String
    package var deadLetterTopic: String?
    package var commitIntervalMilliseconds: Int64

    package init(
        application: String, instance: String, startedMilliseconds: Int64, version: String, libraryVersion: String,
        brokers: String, settings: [Setting], plan: String, deadLetterTopic: String?, commitIntervalMilliseconds: Int64
    ) {
        self.application = application
        self.instance = instance
        self.startedMilliseconds = startedMilliseconds
        self.version = version
        self.libraryVersion = libraryVersion
        self.brokers = brokers
        self.settings = settings
        self.plan = plan
        self.deadLetterTopic = deadLetterTopic
        self.commitIntervalMilliseconds = commitIntervalMilliseconds
    }
}
