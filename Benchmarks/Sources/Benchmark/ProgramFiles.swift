// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport

/// The files of one run of the product, and the command that runs them.
struct ProgramFiles {
    let application: String
    let output: String
    let report: String
    let log: String
    let command: [String]

    /// - Parameters:
    ///   - application: also the name of its output topic and files.
    ///   - settings: further lines of the YAML file.
    ///   - replaces: whether `millrace replay --publish` runs it in place of `millrace run`.
    init(
        _ bench: Bench, application: String, program: (_ output: String) -> String, settings: [String],
        replays: Bool = false, isQuiet: Bool = true
    ) throws {
        self.application = application
        output = "out-\(application)"
        report = "\(bench.directory)/\(application).json"
        log = "\(bench.directory)/\(application).log"
        _ = try bench.write(program(output), to: "\(application).sql")
        let lines =
            ["application: \(application)", "program: \(application).sql", "kafka:"]
            + ["  bootstrap.servers: \(bench.bootstrap)"] + settings
        let file = try bench.write(lines.joined(separator: "\n") + "\n", to: "\(application).yaml")
        command =
            [bench.millrace, replays ? "replay" : "run", "-c", file, "--report", report]
            + (replays ? ["--publish"] : []) + (isQuiet ? ["--quiet"] : [])
    }
}
