// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillracePlan
import MillraceSettings
import Testing

/// Schemas in a directory.
struct SchemaFilesTests {
    private static func directory(_ files: [String: String]) throws -> (URL, SchemaFiles) {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("schemas-\(UUID().uuidString)")
        for (name, text) in files {
            let path = directory.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: path)
        }
        return (directory, SchemaFiles(directory.path))
    }

    @Test func theEndOfTheNameIsTheLanguage() throws {
        let (directory, files) = try Self.directory([
            "a-value.avsc": "\"int\"", "b-value.json": "{}", "c-value.proto": "syntax = \"proto3\";",
        ])
        defer { try? FileManager.default.removeItem(at: directory) }
        #expect(try files.schema("a-value")?.language == .avro)
        #expect(try files.schema("b-value")?.language == .json)
        #expect(try files.schema("c-value")?.language == .protobuf)
        #expect(try files.schema("d-value") == nil)
        #expect(try files.schema("../a-value") == nil)
    }

    @Test func oneSubjectHasOneSchema() throws {
        let (directory, files) = try Self.directory(["a-value.avsc": "\"int\"", "a-value.json": "{}"])
        defer { try? FileManager.default.removeItem(at: directory) }
        let error = #expect(throws: FileError.self) { try files.schema("a-value") }
        #expect(error?.message.hasSuffix("a-value.json is there, too, and one subject has one schema") == true)
    }

    /// Also where they refer to each other in a ring; what is outside of the directory is not read.
    @Test func whatIsReferredToLiesBesideIt() throws {
        let (directory, files) = try Self.directory([
            "schemas/t-value.json": #"{"properties":{"a":{"$ref":"sub/b.json"},"c":{"$ref":"../secret.json"}}}"#,
            "schemas/sub/b.json": #"{"properties":{"b":{"$ref":"c.json#/x"},"r":{"$ref":"sub/b.json#/y"}}}"#,
            "schemas/c.json": #"{"x":{"type":"string"},"back":{"$ref":"sub/b.json"}}"#, "secret.json": "{}",
        ])
        defer { try? FileManager.default.removeItem(at: directory) }
        let schema = try #require(try SchemaFiles(files.directory + "/schemas").schema("t-value"))
        #expect(schema.references.map(\.name) == ["sub/b.json"])
        #expect(schema.referenced.map(\.subject) == ["c.json", "sub/b.json"])
        #expect(Set(schema.namedReferences.map(\.name)) == ["sub/b.json", "c.json"])
    }
}
