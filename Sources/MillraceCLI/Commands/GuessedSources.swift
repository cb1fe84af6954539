// SPDX-License-Identifier: Apache-2.0
import MillraceAdvisor
import MillraceCore
import MillraceKafka
import MillraceReport
import MillraceRun
import MillraceSQL
import MillraceSettings

/// Streams for the topics that a SELECT names and no statement declares: their columns are guessed from records, or
/// taken from a registry, as `millrace topics peek` does. The statement is said, because a guess may be wrong.
struct GuessedSources {
    /// Of each partition; enough to guess formats from.
    private static let sampleSize = 100

    private let console: Console
    private let browser: TopicBrowser
    private let catalogue: ProgramCatalogue?

    init(_ configuration: Configuration, _ console: Console) throws {
        self.console = console
        browser = TopicBrowser(KafkaCluster(try configuration.clientProperties(), onLog: console.takesKafkaLog))
        catalogue = try ProgramCatalogue(ofNamed: configuration)
    }

    /// Statements that declare those of the names that are topics; what is none is left to be refused.
    /// - Parameter names: as SQL has them: in capitals, where they are not quoted.
    func statements(for names: [String]) throws -> [String] {
        let topics = try browser.names()
        return try names.compactMap { name in
            guard let topic = GuessedSources.topic(called: name, among: topics) else {
                let nearest = NearestName.suggestion(for: name.lowercased(), among: topics)
                console.say(
                    "there is no topic \(name.lowercased()); "
                        + (nearest.map { "did you mean \($0)?" } ?? "millrace topics lists those that are there"))
                return nil
            }
            return try statement(topic, name)
        }
    }

    /// The topic of just this name, or the first one that differs in capitals, or in what a bare name cannot have.
    static func topic(called name: String, among topics: [String]) -> String? {
        if topics.contains(name) { return name }
        return topics.first { $0.uppercased() == name }
            ?? topics.first { topic in
                String(topic.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }) == name
            }
    }

    private func statement(_ topic: String, _ name: String) throws -> String {
        let guess = TopicGuess(
            topic: topic, try browser.sample(topic, limit: GuessedSources.sampleSize).records, catalogue: catalogue)
        guard let statement = guess.statement(named: SQL.identifier(name, keepsCase: true)) else {
            throw RunFailure(
                .inputMissing, .missingTopic,
                "the columns of \(topic) cannot be guessed: \(guess.obstacle ?? "there is nothing to go by")",
                hint: "declare it with CREATE STREAM, in the text before the SELECT or in a program (-f FILE)")
        }
        console.say("guessed (\(guess.summary)):\n\(statement)")
        return statement
    }
}
