// SPDX-License-Identifier: Apache-2.0
import MillracePlan
import MillraceTestKit
import Testing

@testable import MillraceRegistry

struct RegistryAnswerTests {
    private static let answer = Array(
        (#"{"subject":"orders-value","version":3,"id":7,"schemaType":"AVRO","references":[{"name":"a.B","subject":"b","#
            + #""version":1}],"schema":"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"\u00e9\"}]}"}"#)
            .utf8)

    @Test func itsMembersAreFound() throws {
        let answer = try #require(RegistryAnswer(Self.answer))
        #expect(answer["version"]?.integer == 3 && answer["id"]?.integer == 7)
        #expect(answer["schema"]?.string == #"{"type":"record","name":"R","fields":[{"name":"é"}]}"#)
        #expect(answer["references"]?.elements?.first?["name"]?.string == "a.B")
        #expect(answer["none"] == nil && answer["id"]?["x"] == nil && answer["id"]?.string == nil)
        #expect(RegistryAnswer(Array(#"{"id":9999999999,"n":null,"s":"7"}"#.utf8))?["id"]?.integer == nil)
        #expect(RegistryAnswer(Array(#"{"n":null,"s":"7"}"#.utf8))?["n"] == nil)
        #expect(RegistryAnswer(Array(#"{"n":null,"s":"7"}"#.utf8))?["s"]?.integer == nil)
        #expect(RegistryAnswer([]) == nil)
    }

    /// Bytes from outside: no answer traps, and none goes on for ever.
    @Test func mutatedAnswersDoNotTrap() throws {
        var random = SplitMix64(seed: 5)
        let reader = AnswerReader(
            operation: "get schema 7", address: try RegistryAddress("http://r"), secrets: ["orders-value"])
        var errors = 0
        for _ in 0..<100_000 {
            var body = Self.answer
            for _ in 0...Int(random.next() % 4) {
                let place = Int(random.next() % UInt64(body.count))
                switch random.next() % 3 {
                case 0: body[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: body.remove(at: place)
                default: body.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
                }
            }
            let status = [200, 404, 409, 500, 302, 999, -1][Int(random.next() % 7)]
            do throws(RegistryError) {
                let answer = try reader.read(HTTPAnswer(status: status, body: body, redirection: nil))
                _ = answer["schema"]?.string
                _ = answer["references"]?.elements?.map { $0["version"]?.integer }
            } catch {
                errors += 1
                #expect(!error.text.contains("\n") && !error.message.contains("orders-value"))
            }
        }
        #expect(errors > 50_000)
    }

    @Test func whatIsSentIsJSON() throws {
        let schema = RegisteredSchema(
            id: nil, language: .json, text: "{\"a\":\"\\\\ \u{1} é\n\"}",
            references: [RegisteredSchema.Reference(name: "n\"", subject: "s", version: 2)])
        let body = try #require(RegistryAnswer(RegistryBody.schema(schema)))
        #expect(body["schema"]?.string == schema.text)
        #expect(body["schemaType"]?.string == "JSON")
        #expect(body["references"]?.elements?.first?["name"]?.string == "n\"")
    }
}
