// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceTestKit

/// The files of `Tests/Golden`.
enum GoldenFiles {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Golden")

    /// `<feature>/<case>`, sorted.
    static let names: [String] = {
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".test") }.map { String($0.dropLast(5)) }.sorted()
    }()

    static func url(_ name: String) -> URL { folder.appending(path: name + ".test") }

    static func read(_ name: String) throws -> GoldenCase {
        try GoldenParser.parse(try String(contentsOf: url(name), encoding: .utf8), name: name)
    }
}
