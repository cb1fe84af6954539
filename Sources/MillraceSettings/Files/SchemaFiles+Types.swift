// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillracePlan

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Avro types that are defined in one file of the directory and named in another:
///
///     orders-value.avsc       {"type": "record", "name": "Order", "fields": [{"name": "to", "type": "x.Address"}]}
///     x.Address.avsc          {"type": "record", "name": "Address", "namespace": "x", …}
extension SchemaFiles {
    /// So many files may be needed for one schema.
    private static let mostFiles = 500

    /// A schema with those of the files that define the types it names, each behind those that it names itself. A type
    /// is looked for in the file of its full name, then in all files whose own type it is. What is nowhere is left out:
    /// who reads the schema says so.
    package func withTypes(of schema: RegisteredSchema) throws(FileError) -> RegisteredSchema {
        guard schema.language == .avro, let names = try? AvroSchemaNames(schema.text), !names.missing.isEmpty else {
            return schema
        }
        var search = TypeSearch(directory: directory)
        try search.add(names.missing, of: schema.subject ?? schema.title)
        var result = schema
        result.referenced = search.found
        return result
    }

    private struct TypeSearch {
        let directory: String
        private(set) var found: [RegisteredSchema] = []
        /// By the name of the type that each file is.
        private var files: [String: [(name: String, text: String)]]?
        private var open: [String] = []

        init(directory: String) { self.directory = directory }

        mutating func add(_ missing: [[String]], of file: String) throws(FileError) {
            for names in missing {
                for name in names {
                    guard try add(name, of: file) else { continue }
                    break
                }
            }
        }

        /// - Returns: whether it is there.
        private mutating func add(_ name: String, of file: String) throws(FileError) -> Bool {
            if found.contains(where: { $0.subject == name }) { return true }
            guard let (path, text) = try definition(of: name) else { return false }
            guard !open.contains(name) else {
                throw FileError(
                    path: path, reason: "\(name) and \(open.last ?? file) name each other: write them into one file")
            }
            guard found.count + open.count < SchemaFiles.mostFiles else {
                throw FileError(path: path, reason: "more than \(SchemaFiles.mostFiles) files belong together")
            }
            open.append(name)
            if let names = try? AvroSchemaNames(text) { try add(names.missing, of: path) }
            open.removeLast()
            found.append(RegisteredSchema(id: nil, subject: name, text: text))
            return true
        }

        private mutating func definition(of name: String) throws(FileError) -> (path: String, text: String)? {
            if files == nil { files = try read() }
            guard let candidates = files?[name], let first = candidates.first else { return nil }
            if let own = candidates.first(where: { $0.name == "\(name).avsc" }) { return (own.name, own.text) }
            if let other = candidates.first(where: { $0.text != first.text }) {
                throw FileError(
                    path: "\(directory)/\(first.name)",
                    reason: "\(name) is defined otherwise in \(other.name): keep one, as \(name).avsc")
            }
            return (first.name, first.text)
        }

        private func read() throws(FileError) -> [String: [(name: String, text: String)]] {
            var files: [String: [(name: String, text: String)]] = [:]
            for name in TypeSearch.names(in: directory) {
                let text = try TextFile.read("\(directory)/\(name)")
                // What is no schema is somebody else's.
                guard let root = (try? AvroSchemaNames(text))?.root else { continue }
                files[root, default: []].append((name, text))
            }
            return files
        }

        private static func names(in directory: String) -> [String] {
            guard let handle = opendir(directory) else { return [] }
            defer { closedir(handle) }
            var names: [String] = []
            while let entry = readdir(handle) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name.hasSuffix(".avsc") { names.append(name) }
            }
            return names.sorted()
        }
    }
}
