// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceSettings
import Testing

struct TextFileTests {
    private func withFile(_ bytes: Data, _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try bytes.write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        try body(path.path)
    }

    @Test func textIsRead() throws {
        let text = String(repeating: "ä€𝄞\n", count: 20_000)
        try withFile(Data(text.utf8)) { path throws in #expect(try TextFile.read(path) == text) }
    }

    @Test func brokenTextIsRefused() throws {
        try withFile(Data([0x61, 0xC3, 0x28])) { path in
            let error = #expect(throws: FileError.self) { try TextFile.read(path) }
            #expect(error?.message == "cannot read \(path): not valid UTF-8")
        }
    }

    @Test func hugeTextIsRefused() throws {
        try withFile(Data(count: TextFile.maximumLength + 1)) { path in
            #expect(throws: FileError.self) { try TextFile.read(path) }
        }
    }

    @Test func missingFilesAndDirectoriesAreRefused() {
        let missing = #expect(throws: FileError.self) { try TextFile.read("/nowhere/at/all") }
        #expect(missing?.reason == "No such file or directory")
        #expect(throws: FileError.self) { try TextFile.read("/tmp") }
    }

    @Test(arguments: [("a/b.yaml", "a"), ("b.yaml", "."), ("/b.yaml", "/"), ("/a/b/c", "/a/b")])
    func directories(path: String, directory: String) {
        #expect(TextFile.directory(of: path) == directory)
    }
}
