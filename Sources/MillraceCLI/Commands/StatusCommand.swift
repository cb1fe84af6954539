// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import MillraceRun
import MillraceSettings
import MillraceStatus

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `millrace status`: asks a running process how it stands.
struct StatusCommand {
    private static let clear = "\u{1B}[H\u{1B}[J"

    private let console: Console

    init(_ console: Console) { self.console = console }

    func run(_ arguments: StatusArguments) throws {
        let settings = HTTPSettings(try LoadedConfiguration(arguments.configuration, console).configuration)
        let token = try AccessTokens.read(settings)
        guard arguments.isRepeated else { return try show(settings, token, arguments.format, before: "") }
        console.handleSignals()
        let before = arguments.format == .text && isatty(STDOUT_FILENO) == 1 ? StatusCommand.clear : ""
        while !console.isStopRequested {
            try show(settings, token, arguments.format, before: before)
            for _ in 0..<10 where !console.isStopRequested { usleep(100_000) }
        }
    }

    private func show(_ settings: HTTPSettings, _ token: String?, _ format: ResultFormat, before: String) throws {
        let client = try StatusClient(settings, token: token)
        let answer = try client.status(wantsText: format == .text)
        switch answer.status {
        case 200: try console.write(before + answer.body)
        case 401:
            throw RunFailure(
                .permission, .tokenRefused, "the process asks for a token",
                hint: "name its file with --http-token-file FILE")
        default:
            throw RunFailure(
                .io, .unexpectedAnswer, "the process answers \(answer.status): \(answer.body)",
                hint: "check --http ADDRESS:PORT")
        }
    }
}
