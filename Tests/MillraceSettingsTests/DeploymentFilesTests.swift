// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing
@testable import MillraceSettings

/// The manifests in docker/ are YAML, and what they give to Millrace is valid.
struct DeploymentFilesTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docker").path

    private static func documents(_ file: String) throws -> [YAMLNode] {
        try TextFile.read("\(folder)/\(file)").split(separator: "\n---\n").compactMap {
            try YAMLDocument.parse(String($0))
        }
    }

    @Test(arguments: ["compose.yaml", "grafana/prometheus.yml", "grafana/alerts.yml"])
    func theyAreYAML(file: String) throws { #expect(try Self.documents(file).count == 1) }

    /// The example for a schema registry, with the schema that its other side writes.
    @Test func theExampleWithARegistryIsValid() throws {
        struct Orders: Catalogue {
            func schema(ofSubject subject: String) throws(CatalogueError) -> RegisteredSchema {
                guard subject == "orders-avro-value" else { return try schema(id: 0) }
                let text =
                    #"{"type":"record","name":"Order","fields":[{"name":"item","type":"string"},"#
                    + #"{"name":"price","type":"double"},"#
                    + #"{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}}]}"#
                return RegisteredSchema(id: 1, subject: subject, version: 1, text: text)
            }

            func schema(id: Int32) throws(CatalogueError) -> RegisteredSchema {
                throw CatalogueError("none", hint: nil, code: .unknownSchema)
            }
        }
        let sql = try TextFile.read("\(Self.folder)/avro/totals.sql")
        let schemas = try SQL.compile(sql, catalogue: Orders()).sinkSchemas()
        #expect(schemas.map(\.subject) == ["totals-value"])
        #expect(schemas[0].schema.text.hasPrefix(#"{"type":"record","name":"Total","namespace":"shop","#))
    }

    @Test func theManifestIsWhole() throws {
        let documents = try Self.documents("kubernetes/orders.yaml")
        #expect(documents.compactMap { $0["kind"]?.text } == ["ConfigMap", "Service", "StatefulSet"])
        let files = try #require(documents[0]["data"])
        let sql = try #require(files["orders.sql"]?.text)
        let yaml = try #require(files["orders.yaml"]?.text)
        _ = try SQL.compile(sql)
        let configuration = try Configuration.parse(
            yaml, directory: "/config",
            interpolation: Interpolation(environment: { _ in "value" }, file: { _ in "value" }))
        guard case .file("/config/orders.sql", _)? = configuration.program else {
            Issue.record("the configuration names \(String(describing: configuration.program))")
            return
        }
        let container = try #require(documents[2]["spec"]?["template"]?["spec"]?["containers"]?.first)
        for (probe, route) in [("livenessProbe", "/livez"), ("readinessProbe", "/readyz")] {
            #expect(container[probe]?["httpGet"]?["path"]?.text == route)
        }
        #expect(documents[1]["metadata"]?["name"]?.text == documents[2]["spec"]?["serviceName"]?.text)
    }
}

extension YAMLNode {
    fileprivate subscript(key: String) -> YAMLNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    fileprivate var first: YAMLNode? {
        guard case .sequence(let elements) = content else { return nil }
        return elements.first
    }

    fileprivate var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }
}
