// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceTestKit
import Testing

/// No function costs more than the size of its arguments deserves, whatever a record holds: each that there is, over
/// texts, arrays and maps that were hostile to some algorithm.
struct FunctionCostTests {
    private static let sizes = (small: 4000, large: 16_000)

    private static func run(_ piece: String, _ size: Int) -> [UInt8] {
        Array(String(repeating: piece, count: max(size / piece.utf8.count, 1)).utf8)
    }

    /// Texts of about `size` bytes.
    private static let texts: [@Sendable (_ size: Int) -> [UInt8]] = [
        { run("a", $0) },
        { run("a", $0 / 2) + [UInt8(ascii: "b")] },
        { run("k=v,", $0) },
        { run("é", $0) },
        { run("1", $0) },
        { run("1,", $0) },
        { [UInt8(ascii: "[")] + run("[],", $0) + Array("1]".utf8) },
        { [UInt8(ascii: "{")] + run("\"a\":1,", $0) + Array("\"b\":{}}".utf8) },
        { Array("http://h/?".utf8) + run("%61=%62&", $0) },
        { run("\\u0061", $0) },
        { run("yyyy'x'", $0) },
        { run("[", $0 / 2) + run("]", $0 / 2) },
        { nested(depth: 990, $0) },
        { Array("$".utf8) + run(".a", min($0, 1980)) },
        { _ in Array("a".utf8) }, { _ in Array(",".utf8) }, { _ in Array("=".utf8) }, { _ in [] },
    ]

    /// Objects in objects with all of the rest in the innermost one: a path leads through them.
    private static func nested(depth: Int, _ size: Int) -> [UInt8] {
        run("{\"a\":", depth * 5) + [UInt8(ascii: "[")] + run("1,", size) + Array("1]".utf8)
            + [UInt8](repeating: UInt8(ascii: "}"), count: depth)
    }

    private static func values(_ type: DataType, _ size: Int) -> [Value] {
        switch type {
        case .varchar: return texts.map { .varchar($0(size)) }
        case .bytes: return [.bytes(run("a", size)), .bytes(run("a", size / 2) + [0]), .bytes([97])]
        case .integer: return [.integer(Int32(size)), .integer(-Int32(size / 2)), .integer(1)]
        case .bigint: return [.bigint(Int64(size)), .bigint(-1)]
        case .double: return [.double(1.5), .double(-1e300)]
        case .decimal: return [.decimal(Decimal128(unscaled: 12_345, scale: 2))]
        case .boolean: return [.boolean(true)]
        case .date: return [.date(19_782)]
        case .time: return [.time(45_296_000)]
        case .timestamp: return [.timestamp(1_709_210_096_789)]
        case .array(let element):
            let count = size / 8
            let some = values(element, 8)
            return [
                .array((0..<count).map { some[$0 % some.count] }), .array((0..<count).map { distinct(element, $0) }),
                .array((0..<count).reversed().map { distinct(element, $0) }),
            ]
        case .map(let key, let value):
            let some = values(value, 8)
            return [.map((0..<size / 8).map { .init(key: distinct(key, $0), value: some[$0 % some.count]) })]
        case .structure(let fields): return [.structure(fields.map { values($0.type, 8)[0] })]
        }
    }

    private static func distinct(_ type: DataType, _ number: Int) -> Value {
        switch type {
        case .integer: .integer(Int32(number))
        case .bigint: .bigint(Int64(number))
        case .double: .double(Double(number))
        case .bytes: .bytes(Array("b\(number)".utf8))
        default: .text("t\(number)")
        }
    }

    private static let types: [DataType?] = [
        .varchar, .bytes, .integer, .bigint, .double, .decimal(precision: 10, scale: 2), .boolean, .date, .time,
        .timestamp, .array(.integer), .array(.varchar), .array(.double), .map(key: .varchar, value: .varchar),
    ]

    /// The signatures of a function for up to four arguments of these types, each once; of each count the first few.
    private static func signatures(_ function: ScalarFunction) -> [ScalarFunction.Signature] {
        // Without arguments, and with more numbers than are tried below.
        var found = [[], [.double, .double, .double, .double]].compactMap { (list: [DataType?]) in
            function.resolve(list).flatMap { $0.parameters == list ? $0 : nil }
        }
        var lists: [[DataType?]] = [[]]
        for _ in 0..<4 {
            let scalars = types.count > 8 && lists.count > types.count * types.count ? types.prefix(4) : types[...]
            lists = lists.flatMap { list in scalars.map { list + [$0] } }
            var ofCount: [ScalarFunction.Signature] = []
            for list in lists {
                guard let signature = function.resolve(list), signature.parameters == list else { continue }
                ofCount.append(signature)
                if ofCount.count == 4 { break }
            }
            found += ofCount
            if lists.count > 3000 { break }
        }
        return found
    }

    /// Combinations of arguments: of the first two all that there are, of the others some.
    private static func combinations(_ parameters: [DataType], _ size: Int) -> [[Value]] {
        var lists: [[Value]] = [[]]
        for (place, parameter) in parameters.enumerated() {
            let all = values(parameter, size)
            let some = place < 2 ? all : place == 2 ? [all[0], all[all.count - 1]] : [all[all.count / 2]]
            lists = lists.flatMap { list in some.map { list + [$0] } }
        }
        return lists
    }

    @Test(arguments: ScalarFunctions.all.map(\.name)) func costGrowsWithTheArguments(_ name: String) throws {
        let function = try #require(ScalarFunctions.named(name))
        let signatures = Self.signatures(function)
        #expect(!signatures.isEmpty)
        for signature in signatures {
            let large = Self.combinations(signature.parameters, Self.sizes.large)
            for (place, arguments) in large.enumerated() {
                func call(_ arguments: [Value]) { _ = try? function.evaluate(arguments, signature.result) }
                // What is quick is no matter.
                if GrowthCheck.seconds({ call(arguments) }) < 0.05 { continue }
                let small = Self.combinations(signature.parameters, Self.sizes.small)[place]
                let growth = GrowthCheck(sizes: Self.sizes.small, Self.sizes.large) { size in
                    call(size == Self.sizes.small ? small : arguments)
                }
                #expect(growth.isLinear, "\(name), combination \(place) of \(signature.parameters): \(growth)")
            }
        }
    }

    /// What a function makes is not larger than `ValueGrowth` says of it, with columns and with constants as arguments,
    /// and never larger than a value may be.
    @Test(arguments: ScalarFunctions.all.map(\.name)) func valuesGrowAsTheTextSays(_ name: String) throws {
        let function = try #require(ScalarFunctions.named(name))
        for signature in Self.signatures(function) {
            for arguments in Self.combinations(signature.parameters, 2000) {
                guard let value = try? function.evaluate(arguments, signature.result) else { continue }
                let size = ValueLimit.size(value)
                #expect(size <= ValueLimit.bytes)
                let row = arguments.reduce(0) { $0 + ValueLimit.size($1) }
                for columns in [arguments.count, 1] {
                    let parts = arguments.enumerated().map { place, argument -> MillracePlan.Expression in
                        let type = signature.parameters[place]
                        return place < columns ? .column(place, type) : .literal(argument, type)
                    }
                    let growth = ValueGrowth.most(.call(name, parts, signature.result))
                    if growth.isUnbounded { continue }
                    #expect(size <= growth.factor * row + growth.bytes, "\(name) of \(signature.parameters), \(growth)")
                }
            }
        }
    }

    /// Casts of texts to every type, and of every type to a text.
    @Test(arguments: types.compactMap { $0 }) func castsGrowWithTheText(_ type: DataType) {
        for text in Self.texts {
            let growth = GrowthCheck(sizes: Self.sizes.small, Self.sizes.large) { size in
                _ = try? ValueCast.cast(.varchar(text(size)), from: .varchar, to: type)
            }
            #expect(growth.isLinear, "\(growth)")
        }
        for place in Self.values(type, 1).indices {
            let growth = GrowthCheck(sizes: Self.sizes.small, Self.sizes.large) { size in
                _ = try? ValueCast.cast(Self.values(type, size)[place], from: type, to: .varchar)
            }
            #expect(growth.isLinear, "\(growth)")
        }
    }
}
