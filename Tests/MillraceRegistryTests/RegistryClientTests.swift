// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport
import MillraceTestKit
import Testing

@testable import MillraceRegistry

struct RegistryClientTests {
    @Test func whatIsRegisteredIsFoundByIdAndBySubject() throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        let subject = "a topic/with ümlauts-value"
        #expect(failure { try client.latest(subject) }?.kind == .unknownSubject)
        let id = try client.register(Fixture.orders, in: subject)
        #expect(try client.register(Fixture.orders, in: subject) == id)
        let second = try client.register(Fixture.newerOrders, in: subject)
        #expect(second != id)
        let first = try client.schema(subject, version: 1)
        #expect(first.text == Fixture.orders.text && first.id == id && first.version == 1)
        let latest = try client.latest(subject)
        #expect(latest.text == Fixture.newerOrders.text && latest.version == 2 && latest.id == second)
        #expect(latest.language == .avro && latest.title == "\(subject), version 2")
        #expect(try client.schema(id: second).text == Fixture.newerOrders.text)
        #expect(try client.subjects() == [subject])
        #expect(try client.version(of: Fixture.orders, in: subject)?.version == 1)
        #expect(try client.version(of: Fixture.otherOrders, in: subject) == nil)
        #expect(try client.version(of: Fixture.orders, in: "nobody") == nil)
        #expect(try client.compatibilityLevel(subject) == "BACKWARD")
        #expect(failure { try client.schema(subject, version: 9) }?.kind == .unknownSchema)
    }

    @Test func whatDoesNotFitIsRefusedInTheRegistrysOwnWords() throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        #expect(try client.compatibility(of: Fixture.otherOrders, with: "o-value").isCompatible)
        _ = try client.register(Fixture.orders, in: "o-value")
        #expect(try client.compatibility(of: Fixture.newerOrders, with: "o-value").isCompatible)
        let answer = try client.compatibility(of: Fixture.otherOrders, with: "o-value")
        #expect(!answer.isCompatible)
        #expect(answer.messages.first?.contains("changed from string to long") == true)
        let error = failure { try client.register(Fixture.otherOrders, in: "o-value") }
        #expect(error?.kind == .incompatible)
        #expect(error?.text.contains("incompatible with an earlier schema for subject \"o-value\"") == true)
        #expect(error?.failure.errorCode == .incompatibleSchema)
        let broken = RegisteredSchema(id: nil, text: #"{"type":"recort"}"#)
        #expect(failure { try client.register(broken, in: "o-value") }?.kind == .refusedSchema)
    }

    @Test func referencesAreResolvedEachBehindWhatItNeeds() throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        let inner = RegisteredSchema(id: nil, text: #"{"type":"enum","name":"a.Kind","symbols":["X"]}"#)
        _ = try client.register(inner, in: "kind")
        let kind = RegisteredSchema.Reference(name: "a.Kind", subject: "kind", version: 1)
        let middle = RegisteredSchema(
            id: nil, text: #"{"type":"record","name":"a.Item","fields":[{"name":"k","type":"a.Kind"}]}"#,
            references: [kind])
        _ = try client.register(middle, in: "item")
        let outer = RegisteredSchema(
            id: nil,
            text: #"{"type":"record","name":"a.Order","fields":[{"name":"i","type":"a.Item"},"#
                + #"{"name":"k","type":"a.Kind"}]}"#,
            references: [RegisteredSchema.Reference(name: "a.Item", subject: "item", version: 1), kind])
        let id = try client.register(outer, in: "order-value")
        let found = try client.schema(id: id)
        #expect(found.references == outer.references)
        #expect(found.referenced.map(\.text) == [inner.text, middle.text])
        let missing = RegisteredSchema(
            id: nil, text: #"{"type":"record","name":"O","fields":[{"name":"i","type":"a.Item"}]}"#)
        #expect(failure { try client.register(missing, in: "order-value") }?.kind == .refusedSchema)
    }

    @Test func whatIsKnownIsNotAskedForAgain() throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        let id = try client.register(Fixture.orders, in: "o-value")
        let before = try fixture.registry.requests().count
        for _ in 0..<3 {
            _ = try client.schema(id: id)
            _ = try client.latest("o-value")
            #expect(failure { try client.schema(id: 77) }?.kind == .unknownSchema)
        }
        #expect(try fixture.registry.requests().count == before + 3)
        // A new version makes the latest one another.
        _ = try client.register(Fixture.newerOrders, in: "o-value")
        #expect(try client.latest("o-value").version == 2)
    }

    @Test func theNextAddressIsTriedAndKept() throws {
        let fixture = try Fixture()
        let client = try fixture.client(["http://127.0.0.1:1", fixture.registry.url])
        _ = try client.register(Fixture.orders, in: "o-value")
        #expect(try client.latest("o-value").version == 1)
        #expect(fixture.pauses.count == 0)
    }

    @Test func whoIsAwayIsTriedAgainAndThenSaid() throws {
        let fixture = try Fixture()
        let url = fixture.registry.url
        let id = try fixture.client().register(Fixture.orders, in: "o-value")
        // It is away for a while.
        try fixture.registry.setFault(#"{"status":503,"body":"no leader","count":2}"#)
        #expect(try fixture.client().schema(id: id).text == Fixture.orders.text)
        #expect(fixture.pauses.count == 2)
        fixture.registry.stop()
        let error = failure { try fixture.client { $0.retries = 1 }.schema(id: id) }
        #expect(error?.kind == .unreachable)
        #expect(error?.text.hasPrefix("cannot get schema \(id) (schema registry \(url)): ") == true)
        #expect(error?.failure.code == .unreachable)
        #expect(fixture.pauses.count == 3)
        let both = failure {
            try fixture.client(["http://127.0.0.1:1", "http://a:b@127.0.0.1:2"]) { $0.retries = 0 }.schema(id: id)
        }
        #expect(both?.text.contains("http://127.0.0.1:1: ") == true)
        #expect(both?.text.contains("http://127.0.0.1:2: ") == true)
    }

    /// Fault 60: a registry that is slow, wrong, huge, or sends its client elsewhere.
    @Test(arguments: [
        (#"{"delay":3}"#, RegistryError.Kind.unreachable, "timed out"),
        (#"{"close":true}"#, .unreachable, ""),
        (
            #"{"status":500,"body":"{\"error_code\":50001,\"message\":\"store\\n broke\"}"}"#, .unreachable,
            "store broke"
        ),
        (#"{"status":200,"body":"<html>\u001b[2Jhi"}"#, .unexpectedAnswer, "'<html> [2Jhi'"),
        (#"{"status":200,"body":""}"#, .unexpectedAnswer, "an empty answer"),
        (#"{"status":200,"body":"{}"}"#, .unexpectedAnswer, "the answer has no schema"),
        (#"{"status":200,"body":"{\"schema\":7}"}"#, .unexpectedAnswer, "the answer has no schema"),
        (#"{"status":200,"body":"{\"schema\":\"x\",\"schemaType\":\"THRIFT\"}"}"#, .unexpectedAnswer, "THRIFT"),
        (#"{"status":404,"body":"not here"}"#, .unexpectedAnswer, "status 404: 'not here'"),
        (#"{"status":401,"body":""}"#, .loginRefused, "status 401"),
        (#"{"status":403,"body":"{\"message\":\"not for you\"}"}"#, .forbidden, "not for you"),
        (#"{"size":100000}"#, .unexpectedAnswer, "longer than 50000 bytes"),
        (#"{"redirect":"http://localhost:1/x"}"#, .unexpectedAnswer, "http://localhost:1/x"),
        (#"{"redirect":"file:///etc/passwd"}"#, .unexpectedAnswer, "no other place"),
        (#"{"status":304,"body":""}"#, .unexpectedAnswer, "no other place"),
        (#"{"redirect":"/round"}"#, .unexpectedAnswer, "on and on"),
    ])
    func whatIsWrongIsSaid(fault: String, kind: RegistryError.Kind, words: String) throws {
        let fixture = try Fixture()
        try fixture.registry.setFault(fault)
        let client = try fixture.client {
            $0.retries = 0
            $0.requestMilliseconds = 1_000
            $0.answerLimit = 50_000
        }
        let error = failure { try client.schema(id: 1) }
        #expect(error?.kind == kind)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
    }

    @Test func aRedirectionOnTheSameServerIsFollowed() throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        let id = try client.register(Fixture.orders, in: "o-value")
        try fixture.registry.setFault(#"{"redirect":"/schemas/ids/1?a=b","count":1}"#)
        #expect(try client.schema(id: id).text == Fixture.orders.text)
    }
}

struct RegistryLoginTests {
    @Test func basicFromTheAddressOrBesideIt() throws {
        var options = StandInRegistry.Options()
        options.user = "ann:p@ss/word"
        let fixture = try Fixture(options)
        let port = fixture.registry.port
        let inURL = try fixture.client(["http://ann:p%40ss%2Fword@127.0.0.1:\(port)"])
        #expect(try inURL.subjects() == [])
        let beside = try fixture.client { $0.login = .basic(user: "ann", password: "p@ss/word") }
        #expect(try beside.subjects() == [])
        let error = failure { try fixture.client(["http://ann:wrong-one@127.0.0.1:\(port)"]).subjects() }
        #expect(error?.kind == .loginRefused)
        #expect(error?.failure.code == .permission)
        #expect(error?.failure.rendered.contains("wrong-one") == false)
        #expect(failure { try fixture.client().subjects() }?.kind == .loginRefused)
    }

    @Test func aToken() throws {
        var options = StandInRegistry.Options()
        options.token = "a-token-of-ours"
        let fixture = try Fixture(options)
        #expect(try fixture.client { $0.login = .bearer(token: "a-token-of-ours") }.subjects() == [])
        #expect(failure { try fixture.client { $0.login = .bearer(token: "other") }.subjects() }?.kind == .loginRefused)
    }

    /// Whoever answers may repeat what it was sent.
    @Test func noMessageShowsASecret() throws {
        let fixture = try Fixture()
        try fixture.registry.setFault(#"{"status":400,"body":"you said very-secret-word to me"}"#)
        let error = failure {
            try fixture.client { $0.login = .basic(user: "ann", password: "very-secret-word") }.subjects()
        }
        #expect(error?.text.contains("you said **** to me") == true)
    }

    @Test func aLogInGoesToNoOtherServer() throws {
        let fixture = try Fixture()
        let other = try StandInRegistry()
        try fixture.registry.setFault(#"{"redirect":"\#(other.url)/subjects"}"#)
        let client = try fixture.client { $0.login = .basic(user: "ann", password: "very-secret-word") }
        #expect(failure { try client.subjects() }?.kind == .unexpectedAnswer)
        #expect(try other.requests() == [])
        #expect(try fixture.registry.requests().first?.authorization?.hasPrefix("Basic ") == true)
    }
}
