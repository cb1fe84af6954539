// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceTestKit
import Testing

/// Someone who reads a document and does what it says, with a broker and a topic `orders` as the README describes them.
final class DocumentReader {
    /// What documents call the reader's broker.
    private static let address = "localhost:9092"

    let blocks: [MarkdownBlock]
    let workspace: Workspace
    private let broker: OwnBroker
    /// Of the status page: the usual ports may be those of other processes on this machine.
    private let page = "127.0.0.1:\(Int.random(in: 30_000..<32_000))"

    /// - Parameter timestamp: of the first record, in ms; the others come a second apart. Nil: all are of now.
    init(_ document: String, timestamp: Int64? = nil) throws {
        blocks = try DocumentReader.blocks(document)
        broker = try OwnBroker()
        workspace = try Workspace("document", bootstrap: broker.bootstrap)
        let readme = try DocumentReader.blocks("README.md")
        let sql = try #require(readme.first { $0.language == "sql" })
        _ = try workspace.write(sql.text, to: "orders.sql")
        let records = try #require(readme.first { $0.lines.first?.contains("{\"id\"") == true })
        try workspace.createExactTopic("orders")
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        try workspace.produce(
            records.lines.enumerated().map { index, line in
                let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
                return InputRecord(
                    key: parts[0], value: parts[1].trimmingCharacters(in: .whitespaces),
                    timestamp: timestamp.map { $0 + Int64(index) * 1000 } ?? now,
                    partition: Order.partition(of: parts[0], 4))
            }, to: "orders")
    }

    private static func blocks(_ document: String) throws -> [MarkdownBlock] {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardized
        return MarkdownBlock.all(in: try String(contentsOf: root.appendingPathComponent(document), encoding: .utf8))
    }

    /// An empty directory, where `millrace init` writes over no other file.
    var emptyDirectory: URL { workspace.directory.appendingPathComponent("first") }

    /// Starts a command of the document on this broker.
    /// - Parameter directory: nil: one with the README's program; for `millrace init` an empty one.
    func start(_ command: String, in directory: URL? = nil) throws -> MillraceProcess {
        // As a shell splits it.
        var words = command.replacing(DocumentReader.address, with: broker.bootstrap)
            .matches(of: /'([^']*)'|(\S+)/).map { $0.1 ?? $0.0 }
        if ["run", "status"].contains(words[1]) { words += ["--http", Substring(page)] }
        let isFirst = command.hasPrefix("millrace init")
        let place = directory ?? (isFirst ? emptyDirectory : workspace.directory)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return try MillraceProcess(words.dropFirst().map(String.init), directory: place)
    }

    /// What a process has said, with the broker's address as in the document.
    func told(_ text: String) -> [String] {
        text.replacing(broker.bootstrap, with: DocumentReader.address)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Looks at the running process with a `millrace status --watch`, as long as it takes to see something.
    func watch(_ command: String) throws {
        let process = try start(command)
        try Deadline(seconds: 20).wait(for: "a status") { process.output.contains("orders") }
        process.send(SIGINT)
        _ = try process.exitCode()
    }

    /// Runs a shell script of the document, in which `millrace` is the one that is tested.
    /// - Returns: its exit code, and what it has printed.
    func runScript(_ script: String) throws -> (code: Int32, output: String) {
        let binaries = workspace.directory.appendingPathComponent("bin")
        if let binary = Environment.binary, !FileManager.default.fileExists(atPath: binaries.path) {
            try FileManager.default.createDirectory(at: binaries, withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(
                at: binaries.appendingPathComponent("millrace"), withDestinationURL: URL(fileURLWithPath: binary))
        }
        let output = workspace.directory.appendingPathComponent("script.out")
        let process = try ChildProcess(
            "/bin/bash", ["-c", script.replacing(DocumentReader.address, with: broker.bootstrap)],
            directory: workspace.directory, output: output,
            error: workspace.directory.appendingPathComponent("script.err"),
            environment: ["PATH": "\(binaries.path):/usr/bin:/bin"])
        let code = try process.exitCode(seconds: 60)
        return (code, try String(contentsOf: output, encoding: .utf8))
    }
}
