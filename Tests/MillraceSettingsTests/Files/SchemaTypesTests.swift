// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillracePlan
import Testing
@testable import MillraceSettings

/// Avro types that one file of `schemas` takes from others.
struct SchemaTypesTests {
    private static func read(_ files: [String: String]) throws -> RegisteredSchema {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in files {
            try text.write(to: directory.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        let reader = SchemaFiles(directory.path)
        return try reader.withTypes(of: try #require(try reader.schema("orders-value")))
    }

    private static func record(_ name: String, _ types: String..., namespace: String = "x") -> String {
        let fields = types.enumerated().map { #"{"name":"f\#($0)","type":\#($1)}"# }.joined(separator: ",")
        return #"{"type":"record","name":"\#(name)","namespace":"\#(namespace)","fields":[\#(fields)]}"#
    }

    private static func parse(_ schema: RegisteredSchema) throws -> AvroSchema {
        try AvroSchema(schema.text, references: schema.referenced.map(\.text))
    }

    /// In the file of its full name, of a name of its own, in the same namespace, in arrays, maps and unions.
    @Test func typesOfOtherFiles() throws {
        let schema = try Self.read([
            "orders-value.avsc": Self.record(
                "Order", #""x.Address""#, #"["null",{"type":"array","items":"Item"}]"#,
                #"{"type":"map","values":"y.Colour"}"#),
            "x.Address.avsc": Self.record("Address", #""string""#, #""y.Colour""#),
            "things.avsc": Self.record("Item", #""x.Address""#),
            "colours.avsc": #"{"type":"enum","name":"y.Colour","symbols":["RED"]}"#,
            "other-value.avsc": Self.record("Other", #""int""#), "notes.avsc": "no JSON", "x.Address.txt": "{}",
        ])
        #expect(schema.referenced.map(\.subject) == ["y.Colour", "x.Address", "x.Item"])
        let columns = try Self.parse(schema).columns(.value).map { "\($0.name) \($0.type.sqlName)" }
        #expect(
            columns == [
                "F0 STRUCT<F0 STRING, F1 STRING>", "F1 ARRAY<STRUCT<F0 STRUCT<F0 STRING, F1 STRING>>>",
                "F2 MAP<STRING, STRING>",
            ])
    }

    @Test func aSchemaAloneIsAsItWas() throws {
        let text = Self.record("Order", #"["null","x.Order"]"#, #"{"type":"fixed","name":"F","size":2}"#, #""F""#)
        let schema = try Self.read(["orders-value.avsc": text, "F.avsc": Self.record("F", #""int""#)])
        #expect(schema.text == text && schema.referenced.isEmpty)
    }

    /// A copy in two files is one type; the file of its name wins over others that differ.
    @Test func copies() throws {
        let order = Self.record("Order", #""x.A""#)
        let same = Self.record("A", #""int""#)
        #expect(
            try Self.read(["orders-value.avsc": order, "a.avsc": same, "b.avsc": same]).referenced.map(\.text) == [same]
        )
        let other = Self.record("A", #""long""#)
        #expect(
            try Self.read(["orders-value.avsc": order, "a.avsc": other, "x.A.avsc": same]).referenced.map(\.text)
                == [same])
        let error = #expect(throws: FileError.self) {
            try Self.read(["orders-value.avsc": order, "a.avsc": other, "b.avsc": same])
        }
        #expect(error?.message.contains("x.A is defined otherwise in b.avsc: keep one, as x.A.avsc") == true)
    }

    @Test func filesThatNameEachOther() throws {
        let error = #expect(throws: FileError.self) {
            try Self.read([
                "orders-value.avsc": Self.record("Order", #""x.A""#), "a.avsc": Self.record("A", #""x.B""#),
                "b.avsc": Self.record("B", #""x.A""#),
            ])
        }
        #expect(error?.message.contains("x.A and x.B name each other") == true, "\(error?.message ?? "")")
    }

    /// What is nowhere is said by who reads the schema.
    @Test func whatIsNowhere() throws {
        let schema = try Self.read(["orders-value.avsc": Self.record("Order", #""x.A""#)])
        #expect(schema.referenced.isEmpty)
        #expect(throws: SourceError.self) { try Self.parse(schema) }
    }
}
