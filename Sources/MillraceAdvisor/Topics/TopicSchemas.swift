// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceRun
import MillraceSQL

/// What a registry, or a directory of files, has of a topic's schemas. It is asked once: all that is made of a sample
/// agrees then.
struct TopicSchemas: Catalogue, Equatable {
    /// The newest schema of each subject that is there.
    private(set) var subjects: [String: RegisteredSchema] = [:]
    /// By the numbers that records begin with.
    private(set) var numbers: [Int32: RegisteredSchema] = [:]
    /// Why a subject, or a number, has no schema.
    private(set) var failures: [String: CatalogueError] = [:]
    private var missing: [Int32: CatalogueError] = [:]
    /// What a reader of the statement has to know, one sentence each.
    private(set) var notes: [String] = []

    /// So many numbers are asked for: a topic with more is damaged.
    private static let mostNumbers = 50

    /// - Parameter numbers: that records begin with, of each part that has some.
    init(_ topic: String, _ numbers: [SchemaSubject.Part: [Int32]], from catalogue: any Catalogue) {
        for part in [SchemaSubject.Part.key, .value] {
            guard let numbers = numbers[part], !numbers.isEmpty else { continue }
            let subject = SchemaSubject.name(topic, part)
            do throws(CatalogueError) {
                subjects[subject] = try catalogue.schema(ofSubject: subject)
            } catch {
                failures[subject] = error
                // Nobody is asked again and again who does not answer.
                guard error.code == .unknownSubject else { continue }
            }
            ask(for: Array(numbers.suffix(TopicSchemas.mostNumbers)), subject, catalogue)
        }
    }

    private mutating func ask(for numbers: [Int32], _ subject: String, _ catalogue: any Catalogue) {
        for number in numbers {
            do throws(CatalogueError) {
                self.numbers[number] = try catalogue.schema(id: number)
            } catch {
                // Files have no numbers: theirs is what all records are read by.
                if error.code == .noRegistry, let schema = subjects[subject] {
                    self.numbers[number] = schema
                    let note =
                        "No schema registry is named: the \(subject == schema.subject ? subject : schema.title) of the "
                        + "directory is taken for the schema that all records were written by."
                    if !notes.contains(note) { notes.append(note) }
                    continue
                }
                missing[number] = error
                guard error.code == .unknownSchema else { return }
            }
        }
    }

    /// For decoders; numbers that nobody knows are there as such.
    var table: SchemaTable {
        var table = SchemaTable(numbers.mapValues { SchemaTable.Entry($0) })
        for number in missing.keys { table[number] = .unusable("is not in the registry") }
        return table
    }

    /// A format that a number's schema is of the language of, and whether nobody knows the number.
    func isKnown(_ number: Int32) -> Bool { numbers[number] != nil }

    func schema(ofSubject subject: String) throws(CatalogueError) -> RegisteredSchema {
        if let schema = subjects[subject] { return schema }
        throw failures[subject] ?? CatalogueError("nobody has asked for \(subject)", hint: nil, code: .unknownSubject)
    }

    func schema(id: Int32) throws(CatalogueError) -> RegisteredSchema {
        if let schema = numbers[id] { return schema }
        throw missing[id] ?? CatalogueError("nobody has asked for schema \(id)", hint: nil, code: .unknownSchema)
    }
}

/// How the keys or the values of a topic are declared where a schema says what they are.
struct RegisteredFormat: Equatable {
    let name: FormatDefinition.Name
    /// `orders-value, version 3`
    let title: String
    /// Of WITH, but for the format.
    let properties: [String]
    let columns: [ColumnDefinition]

    /// - Parameter numbers: that records begin with, in order.
    /// - Throws: where no columns can be taken, and why.
    init(
        _ topic: String, _ part: SchemaSubject.Part, _ numbers: [Int32], _ schemas: TopicSchemas
    ) throws(SourceError) {
        let subject = SchemaSubject.name(topic, part)
        let schema: RegisteredSchema
        var properties: [String] = []
        if let newest = schemas.subjects[subject] {
            schema = newest
        } else if let number = numbers.last(where: schemas.isKnown), let known = schemas.numbers[number] {
            schema = known
            properties = ["\(part.rawValue.uppercased())_SCHEMA_ID=\(number)"]
        } else {
            let error = schemas.failures[subject]
            throw SourceError(error?.message ?? "there is no schema", at: nil, hint: error?.hint)
        }
        guard let name = FormatDefinition.Name.allCases.first(where: { $0.schemaLanguage == schema.language }) else {
            throw SourceError(
                "\(schema.title) is a schema of \(schema.language.rawValue), which no format is for", at: nil)
        }
        self.name = name
        title = schema.title
        let kinds = part == .key ? [[]] : [[], ["WRAP_SINGLE_VALUE=false"]]
        var first: SourceError?
        for kind in kinds {
            do throws(SourceError) {
                columns = try RegisteredFormat.columns(topic, part, name, properties + kind, schemas)
                self.properties = properties + kind
                return
            } catch {
                first = first ?? error
            }
        }
        throw first ?? SourceError("\(schema.title) has no columns", at: nil)
    }

    private static func columns(
        _ topic: String, _ part: SchemaSubject.Part, _ name: FormatDefinition.Name, _ properties: [String],
        _ schemas: TopicSchemas
    ) throws(SourceError) -> [ColumnDefinition] {
        let formats =
            part == .key
            ? "KEY_FORMAT='\(name.rawValue)', VALUE_FORMAT='KAFKA'"
            : "KEY_FORMAT='NONE', VALUE_FORMAT='\(name.rawValue)'"
        let all = ["KAFKA_TOPIC='\(topic)'", formats] + properties
        let plan = try SQL.compile(
            """
            CREATE STREAM s \(part == .key ? "(content BYTES) " : "")WITH (\(all.joined(separator: ", ")));
            CREATE STREAM o AS SELECT * FROM s;
            """, catalogue: schemas)
        guard let source = plan.rootSources.first else { return [] }
        return part == .key ? Array(source.keyColumns) : source.valueColumns
    }

    /// For people: `ID BIGINT, ITEM VARCHAR`.
    var columnList: String {
        let shown = columns.prefix(20).map { column in
            "\(SQL.identifier(column.name, keepsCase: true)) \(DeclaredColumns.sql(column.type))"
        }
        return shown.joined(separator: ", ") + (columns.count > shown.count ? ", …" : "")
    }
}
