// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Synchronization
import Testing

@testable import MillraceSQL

/// Columns that statements leave to schemas, by ksqlDB's documentation ("Schema Inference").
struct SchemaInferenceTests {
    /// A registry in memory, which notes what it is asked for.
    final class Subjects: Catalogue {
        private let subjects: [String: String]
        private let language: RegisteredSchema.Language
        let asked = Mutex<[String]>([])

        init(_ subjects: [String: String], language: RegisteredSchema.Language = .avro) {
            self.subjects = subjects
            self.language = language
        }

        func schema(ofSubject subject: String) throws(CatalogueError) -> RegisteredSchema {
            asked.withLock { $0.append(subject) }
            guard let text = subjects[subject] else {
                throw CatalogueError("there is no subject \(subject)", hint: "look", code: .unknownSubject)
            }
            return RegisteredSchema(id: 7, subject: subject, version: 2, language: language, text: text)
        }

        func schema(id: Int32) throws(CatalogueError) -> RegisteredSchema {
            asked.withLock { $0.append("\(id)") }
            guard let text = subjects["\(id)"] else {
                throw CatalogueError("there is no schema \(id)", hint: nil, code: .unknownSchema)
            }
            return RegisteredSchema(id: id, language: language, text: text)
        }
    }

    private static let pageView = """
        {"type":"record","name":"PageView","namespace":"x","fields":[
          {"name":"page_name","type":"string"},
          {"name":"ts","type":["null","long"],"default":null},
          {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
          {"name":"inner","type":{"type":"record","name":"Inner","fields":[{"name":"lower","type":"int"}]}}]}
        """
    private static let subjects = [
        "t-value": pageView, "t-key": "\"long\"", "r-key": pageView, "r-value": "\"int\"", "5": pageView,
        "6": "\"string\"", "odd-value": #"{"type":"record","name":"R","fields":[{"name":"rowtime","type":"int"}]}"#,
        "round-value": #"{"type":"record","name":"R","fields":[{"name":"a","type":"R"}]}"#,
        "broken-value": #"{"type":"recort"}"#,
    ]

    private func columns(_ statement: String, _ catalogue: Subjects = Subjects(subjects)) throws -> [String] {
        let outcome = SQL.check(statement, catalogue: catalogue)
        let errors = outcome.errors.filter { !$0.message.contains("has no query") }
        if let error = errors.first { throw error }
        let source = try #require(outcome.plan.sources.first)
        return source.columns.map { "\($0.name) \($0.type.sqlName)\($0.role == .key ? " KEY" : "")" }
    }

    private static let values = [
        "PAGE_NAME STRING", "TS BIGINT", "AT TIMESTAMP", "INNER STRUCT<LOWER INTEGER>",
    ]

    @Test func withoutAColumnList() throws {
        let found = try columns("CREATE STREAM s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO');")
        #expect(found == Self.values)
    }

    @Test func withTheKeysColumnsOnly() throws {
        #expect(
            try columns("CREATE TABLE s (id INT PRIMARY KEY) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO');")
                == ["ID INTEGER KEY"] + Self.values)
        #expect(
            try columns(
                "CREATE STREAM s (id INT KEY, h BYTES HEADER('x')) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO');")
                == ["ID INTEGER KEY"] + Self.values + ["H BYTES"])
    }

    /// A key is never wrapped: whatever its schema is becomes ROWKEY.
    @Test func keysToo() throws {
        let catalogue = Subjects(Self.subjects)
        #expect(
            try columns("CREATE STREAM s WITH (KAFKA_TOPIC='t', FORMAT='AVRO');", catalogue)
                == ["ROWKEY BIGINT KEY"] + Self.values)
        #expect(catalogue.asked.withLock { $0 } == ["t-key", "t-value"])
        #expect(
            try columns("CREATE TABLE s (v INT) WITH (KAFKA_TOPIC='r', KEY_FORMAT='AVRO', VALUE_FORMAT='JSON');")
                .first?.hasPrefix("ROWKEY STRUCT<PAGE_NAME STRING, ") == true)
        #expect(
            try columns("CREATE STREAM s WITH (KAFKA_TOPIC='t', KEY_FORMAT='NONE', VALUE_FORMAT='AVRO');")
                == Self.values)
    }

    @Test func withoutARecordAroundIt() throws {
        #expect(
            try columns("CREATE STREAM s WITH (KAFKA_TOPIC='r', VALUE_FORMAT='AVRO', WRAP_SINGLE_VALUE=false);")
                == ["ROWVAL INTEGER"])
        #expect(throws: SourceError.self) {
            try columns("CREATE STREAM s WITH (KAFKA_TOPIC='r', VALUE_FORMAT='AVRO');")
        }
    }

    /// The names of a schema that is named by its number keep their case.
    @Test func byNumber() throws {
        let catalogue = Subjects(Self.subjects)
        #expect(
            try columns(
                "CREATE STREAM s WITH (KAFKA_TOPIC='x', FORMAT='AVRO', KEY_SCHEMA_ID=6, VALUE_SCHEMA_ID=5);", catalogue)
                == [
                    "ROWKEY STRING KEY", "page_name STRING", "ts BIGINT", "at TIMESTAMP",
                    "inner STRUCT<lower INTEGER>",
                ])
        #expect(catalogue.asked.withLock { $0 } == ["6", "5"])
    }

    /// What all columns are declared for needs no registry.
    @Test func declaredColumnsAreNotAskedFor() throws {
        let catalogue = Subjects([:])
        #expect(
            try columns("CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO');", catalogue)
                == ["ID INTEGER KEY", "A INTEGER"])
        #expect(catalogue.asked.withLock { $0 } == [])
    }

    /// Statement, message, code, column.
    @Test(arguments: [
        (
            "s WITH (KAFKA_TOPIC='n', VALUE_FORMAT='AVRO')",
            "no columns for the values of S: there is no subject n-value", "E3506", 15
        ),
        ("s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID=9)", "there is no schema 9", "E3507", 77),
        ("s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID=0)", "from 1 to 2147483647", "E4002", 77),
        ("s (a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID=5)", "and A is declared", "E4002", 69),
        ("s (a INT KEY) WITH (KAFKA_TOPIC='t', FORMAT='AVRO', KEY_SCHEMA_ID=6)", "and A is declared", "E4002", 67),
        ("s (a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', VALUE_SCHEMA_ID=5)", "and A is declared", "E4002", 69),
        ("s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', VALUE_SCHEMA_ID=5)", "for formats with a schema", "E4002", 61),
        ("s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON')", "S has no column list", "E4002", 15),
        ("s WITH (KAFKA_TOPIC='t')", "S has no column list", "E4002", 15),
        (
            "s (page_name INT KEY) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO')",
            "the column PAGE_NAME that is there already", "E4002", 15
        ),
        ("s WITH (KAFKA_TOPIC='odd', VALUE_FORMAT='AVRO')", "the name of a pseudo column", "E3510", 15),
        (
            "s WITH (KAFKA_TOPIC='round', VALUE_FORMAT='AVRO')",
            "round-value, version 2: a: the type R contains itself", "E3510", 15
        ),
        ("s WITH (KAFKA_TOPIC='broken', VALUE_FORMAT='AVRO')", "broken-value, version 2: ", "E3510", 15),
        ("s WITH (VALUE_FORMAT='AVRO')", "S needs KAFKA_TOPIC", "E4002", 15),
    ])
    func mistakesAreSaidWithTheirPlace(statement: String, message: String, code: String, column: Int) throws {
        let errors = SQL.check("CREATE STREAM \(statement);", catalogue: Subjects(Self.subjects)).errors
        let error = try #require(errors.first)
        #expect(error.message.contains(message), "\(error.message)")
        #expect(error.code?.rawValue == code)
        #expect(error.location == SourceLocation(line: 1, column: column))
    }

    @Test func aTableWithoutAKeyIsRefused() {
        let errors = SQL.check(
            "CREATE TABLE s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO');", catalogue: Subjects(Self.subjects)
        ).errors
        #expect(errors.first?.message == "the table S has no PRIMARY KEY")
    }

    @Test func aSchemaOfAnotherLanguageIsRefused() {
        let catalogue = Subjects(["t-value": "{}"], language: .json)
        let error = SQL.check("CREATE STREAM s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO');", catalogue: catalogue)
            .errors.first
        #expect(error?.message.hasPrefix("t-value, version 2 is a schema of JSON") == true)
    }

    @Test func withoutARegistryItIsSaidWhatToDo() {
        let error = SQL.check("CREATE STREAM s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO');").errors.first
        #expect(error?.code == .noRegistry)
        #expect(error?.hint?.contains("--schemas DIR") == true)
    }
}

struct SinkSchemaTests {
    private static let source =
        "CREATE STREAM s (k STRING KEY, a INT, b STRUCT<c DOUBLE>) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');\n"

    private func schemas(_ statement: String) throws -> [SinkSchema] {
        try SQL.compile(Self.source + statement, hasSchemas: true).sinkSchemas()
    }

    @Test func namesAreKsqlDBs() throws {
        let found = try schemas("CREATE STREAM o_ut WITH (FORMAT='AVRO') AS SELECT * FROM s;")
        #expect(found.map(\.subject) == ["O_UT-key", "O_UT-value"])
        #expect(found[0].schema.text == "\"string\"")
        #expect(
            found[1].schema.text
                == #"{"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","#
                + #""fields":[{"name":"A","type":["null","int"],"default":null},{"name":"B","type":["null","#
                + #"{"type":"record","name":"KsqlDataSourceSchema_B","namespace":"io.confluent.ksql.avro_schemas","#
                + #""fields":[{"name":"C","type":["null","double"],"default":null}]}],"default":null}]}"#)
    }

    @Test(arguments: ["VALUE_SCHEMA_FULL_NAME", "VALUE_AVRO_SCHEMA_FULL_NAME"])
    func theNameOfTheSchema(property: String) throws {
        let found = try schemas(
            "CREATE STREAM o WITH (KAFKA_TOPIC='x', VALUE_FORMAT='AVRO', \(property)='com.acme.Order') AS "
                + "SELECT k, a FROM s;")
        #expect(found.map(\.subject) == ["x-value"])
        #expect(found[0].schema.text.hasPrefix(#"{"type":"record","name":"Order","namespace":"com.acme","#))
    }

    @Test func aSingleValueMayStandAlone() throws {
        let found = try schemas(
            "CREATE STREAM o WITH (VALUE_FORMAT='AVRO', WRAP_SINGLE_VALUE=false) AS SELECT k, a FROM s;")
        #expect(found.map(\.schema.text) == ["\"int\""])
    }

    @Test func otherFormatsHaveNone() throws {
        #expect(try schemas("CREATE STREAM o AS SELECT * FROM s;") == [])
    }

    @Test(arguments: [
        ("VALUE_FORMAT='JSON', VALUE_SCHEMA_FULL_NAME='a.B'", "for formats with a schema registry, not JSON"),
        ("VALUE_FORMAT='AVRO', VALUE_SCHEMA_FULL_NAME='a-B'", "is no name in Avro"),
        ("VALUE_FORMAT='AVRO', VALUE_SCHEMA_FULL_NAME='B', VALUE_AVRO_SCHEMA_FULL_NAME='B'", "say the same"),
        ("VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID=3, VALUE_SCHEMA_FULL_NAME='a.B'", "leave out one"),
        ("VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID=3", "VALUE_SCHEMA_ID: there is no schema 3"),
        ("KEY_FORMAT='KAFKA', VALUE_FORMAT='AVRO', KEY_SCHEMA_ID=3", "for formats with a schema registry, not KAFKA"),
    ])
    func wrongNames(with: String, message: String) {
        let errors = SQL.check(
            Self.source + "CREATE STREAM o WITH (\(with)) AS SELECT * FROM s;",
            catalogue: SchemaInferenceTests.Subjects([:])
        ).errors
        let text = errors.first.map { "\($0.message) \($0.hint ?? "")" }
        #expect(text?.contains(message) == true, "\(text ?? "none")")
    }

    /// What is registered under the result's subject is the schema itself, to the letter.
    @Test func theSchemaOfANumberIsRegisteredAsItIs() throws {
        let text = #"{ "type": "record", "name": "Mine", "doc": "d", "fields": [{"name": "A", "type": "int"}] }"#
        let plan = try SQL.compile(
            Self.source + "CREATE STREAM o WITH (FORMAT='AVRO', KEY_SCHEMA_ID=6, VALUE_SCHEMA_ID=5) AS "
                + "SELECT k, a FROM s;",
            catalogue: SchemaInferenceTests.Subjects(["5": text, "6": "\"string\""]))
        let found = try plan.sinkSchemas()
        #expect(found.map(\.subject) == ["O-key", "O-value"])
        #expect(found.map(\.schema.text) == ["\"string\"", text])
        #expect(found.allSatisfy { $0.schema.id == nil && $0.schema.version == nil })
        #expect(plan.queries[0].sink.valueFormat.schema?.id == 5)
    }
}

/// KEY_SCHEMA_ID and VALUE_SCHEMA_ID of results in the other languages.
struct OtherSinkSchemaTests {
    @Test(arguments: [
        (RegisteredSchema.Language.json, "JSON_SR", #"{ "type": "object", "properties": {"A": {"type": "integer"}} }"#),
        (.protobuf, "PROTOBUF", "syntax = \"proto3\"; message Mine { int32 a = 4; }"),
    ])
    func theSchemaOfANumberIsRegisteredAsItIs(language: RegisteredSchema.Language, format: String, text: String) throws
    {
        let plan = try SQL.compile(
            "CREATE STREAM s (k STRING KEY, a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');\n"
                + "CREATE STREAM o WITH (VALUE_FORMAT='\(format)', VALUE_SCHEMA_ID=5) AS SELECT k, a FROM s;",
            catalogue: SchemaInferenceTests.Subjects(["5": text], language: language))
        let found = try plan.sinkSchemas()
        #expect(found.map(\.subject) == ["O-value"])
        #expect(found.map(\.schema.text) == [text])
        #expect(plan.queries[0].sink.valueFormat.schema?.id == 5)
    }

    @Test func theLanguageIsTheFormats() {
        let error = SQL.check(
            "CREATE STREAM s (k STRING KEY, a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');\n"
                + "CREATE STREAM o WITH (VALUE_FORMAT='PROTOBUF', VALUE_SCHEMA_ID=5) AS SELECT k, a FROM s;",
            catalogue: SchemaInferenceTests.Subjects(["5": "{}"], language: .json)
        ).errors.first
        #expect(error?.message.contains("is a schema of JSON, and the value format of the result is PROTOBUF") == true)
    }
}

/// JSON_SR and its JSON Schemas.
struct JSONSchemaInferenceTests {
    private static let subjects = [
        "t-value": #"{"type":"object","properties":{"name":{"type":"string"},"n":{"type":"integer"}}}"#,
        "t-key": #"{"type":"integer"}"#,
    ]

    private func columns(_ statement: String) throws -> [String] {
        let catalogue = SchemaInferenceTests.Subjects(Self.subjects, language: .json)
        let outcome = SQL.check(statement, catalogue: catalogue)
        if let error = outcome.errors.first(where: { !$0.message.contains("has no query") }) { throw error }
        return try #require(outcome.plan.sources.first).columns.map { "\($0.name) \($0.type.sqlName)" }
    }

    @Test func columnsComeFromTheSchema() throws {
        #expect(
            try columns("CREATE STREAM s WITH (KAFKA_TOPIC='t', FORMAT='JSON_SR');")
                == ["ROWKEY BIGINT", "NAME STRING", "N BIGINT"])
        #expect(
            try columns("CREATE STREAM s (k INT KEY) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON_SR');")
                == ["K INTEGER", "NAME STRING", "N BIGINT"])
        let error = #expect(throws: SourceError.self) {
            try columns("CREATE STREAM s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO');")
        }
        #expect(error?.message.hasPrefix("t-value, version 2 is a schema of JSON") == true)
    }

    @Test func resultsHaveAJSONSchema() throws {
        let found = try SQL.compile(
            """
            CREATE STREAM s (k STRING KEY, a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
            CREATE STREAM o WITH (FORMAT='JSON_SR', VALUE_SCHEMA_FULL_NAME='com.acme.Order') AS SELECT * FROM s;
            """, hasSchemas: true
        ).sinkSchemas()
        #expect(found.map(\.subject) == ["O-key", "O-value"])
        #expect(found.allSatisfy { $0.schema.language == .json })
        #expect(found[0].schema.text == #"{"type":"string"}"#)
        #expect(
            found[1].schema.text
                == #"{"type":"object","properties":{"A":{"connect.index":0,"oneOf":[{"type":"null"},"#
                + #"{"type":"integer","connect.type":"int32"}]}},"title":"com.acme.Order"}"#)
    }

    /// Of AVRO maps may have keys of any type; of JSON they are names.
    @Test func keysOfMapsAreTexts() {
        let error = SQL.check(
            "CREATE STREAM s (a MAP<INT, INT>) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON_SR');",
            catalogue: SchemaInferenceTests.Subjects([:])
        ).errors.first
        #expect(error?.message == "in JSON_SR the keys of a MAP must be STRING, not as in A")
    }
}

/// PROTOBUF and its .proto files.
struct ProtobufInferenceTests {
    private static let subjects = [
        "t-value": """
        syntax = "proto3"; package shop; import "google/protobuf/wrappers.proto";
        message Order { int64 id = 1; google.protobuf.StringValue note = 2; }
        message Return { string why = 1; }
        """,
        "t-key": "syntax = \"proto3\"; message Key { string name = 1; int32 part = 2; }",
    ]

    private func columns(_ statement: String) throws -> [String] {
        let catalogue = SchemaInferenceTests.Subjects(Self.subjects, language: .protobuf)
        let outcome = SQL.check(statement, catalogue: catalogue)
        if let error = outcome.errors.first(where: { !$0.message.contains("has no query") }) { throw error }
        return try #require(outcome.plan.sources.first).columns.map {
            "\($0.name) \($0.type.sqlName)\($0.role == .key ? " KEY" : "")"
        }
    }

    /// A key is a message, whose fields are the key's columns.
    @Test func columnsComeFromTheSchema() throws {
        #expect(
            try columns("CREATE STREAM s WITH (KAFKA_TOPIC='t', FORMAT='PROTOBUF');")
                == ["NAME STRING KEY", "PART INTEGER KEY", "ID BIGINT", "NOTE STRUCT<VALUE STRING>"])
        #expect(
            try columns(
                "CREATE STREAM s (k INT KEY) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='PROTOBUF', "
                    + "VALUE_SCHEMA_FULL_NAME='shop.Return');") == ["K INTEGER KEY", "WHY STRING"])
        #expect(
            try columns(
                "CREATE STREAM s (k INT KEY) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='PROTOBUF', "
                    + "VALUE_PROTOBUF_NULLABLE_REPRESENTATION='WRAPPER');")
                == ["K INTEGER KEY", "ID BIGINT", "NOTE STRING"])
    }

    @Test(arguments: [
        ("s (a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='PROTOBUF', WRAP_SINGLE_VALUE=false)", "always has a message"),
        ("s (a ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='PROTOBUF')", "cannot hold A"),
        ("s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='PROTOBUF_NOSR')", "S has no column list"),
        (
            "s (a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO', VALUE_PROTOBUF_NULLABLE_REPRESENTATION='OPTIONAL')",
            "is only for the formats PROTOBUF and PROTOBUF_NOSR, not AVRO"
        ),
        (
            "s (a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='PROTOBUF', VALUE_PROTOBUF_NULLABLE_REPRESENTATION='NONE')",
            "must be 'OPTIONAL' or 'WRAPPER'"
        ),
        ("s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='PROTOBUF', VALUE_SCHEMA_FULL_NAME='Nobody')", "no message Nobody"),
    ])
    func mistakes(statement: String, message: String) {
        let error = #expect(throws: SourceError.self) { try columns("CREATE STREAM \(statement);") }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "none")")
    }

    @Test func resultsHaveAMessage() throws {
        let found = try SQL.compile(
            """
            CREATE STREAM s (k STRING KEY, a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
            CREATE STREAM o WITH (FORMAT='PROTOBUF', VALUE_PROTOBUF_NULLABLE_REPRESENTATION='OPTIONAL') AS
              SELECT * FROM s;
            """, hasSchemas: true
        ).sinkSchemas()
        #expect(found.map(\.subject) == ["O-key", "O-value"])
        #expect(found.allSatisfy { $0.schema.language == .protobuf })
        #expect(found[0].schema.text == "syntax = \"proto3\";\n\nmessage ConnectDefault1 {\n  string K = 1;\n}\n")
        #expect(
            found[1].schema.text == "syntax = \"proto3\";\n\nmessage ConnectDefault1 {\n  optional int32 A = 1;\n}\n")
    }

    /// Without a registry there is nothing to register, and none is needed.
    @Test func withoutARegistry() throws {
        let found = try SQL.compile(
            """
            CREATE STREAM s (k STRING KEY, a INT) WITH (KAFKA_TOPIC='t', FORMAT='PROTOBUF_NOSR');
            CREATE STREAM o AS SELECT * FROM s;
            """
        ).sinkSchemas()
        #expect(found == [])
    }
}
