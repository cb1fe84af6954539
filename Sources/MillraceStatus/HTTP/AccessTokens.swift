// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
package import MillraceSettings

/// Tokens in files, as secrets come to a service.
package enum AccessTokens {
    /// Shorter ones can be guessed.
    static let shortest = 16

    /// The token that readers show; nil where none is set.
    package static func read(_ settings: HTTPSettings) throws -> String? {
        try read(settings.tokenFile, "http.token.file")
    }

    /// Whether the files with tokens can be used.
    package static func check(_ settings: HTTPSettings) throws {
        _ = try read(settings)
        _ = try read(settings.adminTokenFile, "http.admin.token.file")
    }

    static func read(_ path: String?, _ what: String) throws -> String? {
        guard let path else { return nil }
        let token: String
        do throws(FileError) {
            token = try TextFile.read(path).trimmingBlanks
        } catch {
            throw RunFailure(.inputMissing, .unreadableFile, "\(what): \(error.message)")
        }
        guard token.utf8.count >= shortest, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw RunFailure(
                .configuration, .unusableToken,
                "\(what): \(path) holds no token: one line of \(shortest) or more printable ASCII characters",
                hint: "for example  openssl rand -hex 24 > \(path)")
        }
        return token
    }
}
