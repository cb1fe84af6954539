// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Functions of ARRAY and MAP.
enum CollectionFunctions {
    static let all: [ScalarFunction] = arrays + sets + maps + lists

    /// The most elements that a function makes out of numbers.
    static let maximumCount: Int64 = 1 << 20

    private static let arrays: [ScalarFunction] = [
        ScalarFunction(
            "ARRAY_LENGTH", usage: "ARRAY_LENGTH(array)", summary: "The number of elements.",
            resolve: { ofArray($0, 1) { _ in .integer } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                try .narrow(Int64(try arguments[0].asElements().count))
            }),
        ScalarFunction(
            "ARRAY_CONTAINS", usage: "ARRAY_CONTAINS(array, value)", summary: "Whether the value is an element.",
            nullOnNull: false, resolve: { withElement($0) { _ in .boolean } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if arguments[0].isNull { return .null }
                return .boolean(try arguments[0].asElements().contains { ValueOrder.compare($0, arguments[1]) == 0 })
            }),
        ScalarFunction(
            "ARRAY_REMOVE", usage: "ARRAY_REMOVE(array, value)", summary: "The array without elements of this value.",
            nullOnNull: false, resolve: { withElement($0) { .array($0) } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if arguments[0].isNull { return .null }
                return .array(try arguments[0].asElements().filter { ValueOrder.compare($0, arguments[1]) != 0 })
            }),
        extreme("ARRAY_MAX", "The greatest element that is not NULL.", 1),
        extreme("ARRAY_MIN", "The least element that is not NULL.", -1),
        ScalarFunction(
            "ARRAY_SORT", usage: "ARRAY_SORT(array [, 'ASC' | 'DESC'])",
            summary: "The elements in order, NULLs at the end.",
            check: ConstantChecks.word(1, "direction", among: ["ASC", "DESC", "ASCENDING", "DESCENDING"]),
            resolve: { arguments in
                guard arguments.count == 1 || arguments.count == 2 && (arguments[1] ?? .varchar) == .varchar else {
                    return nil
                }
                return ofArray([arguments[0]], 1) { $0.isScalar ? .array($0) : nil }
                    .map { .init($0.parameters + (arguments.count == 2 ? [.varchar] : []), $0.result) }
            },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let direction = arguments.count == 2 ? arguments[1].string?.uppercased() ?? "" : "ASC"
                guard ["ASC", "ASCENDING", "DESC", "DESCENDING"].contains(direction) else { return .null }
                let elements = try arguments[0].asElements()
                let sign = direction.hasPrefix("ASC") ? 1 : -1
                let sorted = elements.filter { !$0.isNull }.sorted { ValueOrder.compare($0, $1) * sign < 0 }
                return .array(sorted + [Value](repeating: .null, count: elements.count - sorted.count))
            }),
        ScalarFunction(
            "ARRAY_JOIN", usage: "ARRAY_JOIN(array [, delimiter])",
            summary: "The texts of the elements in a row, with a delimiter (default ',') between them.",
            resolve: { arguments in
                guard arguments.count == 1 || arguments.count == 2 && (arguments[1] ?? .varchar) == .varchar else {
                    return nil
                }
                return ofArray([arguments[0]], 1) { $0.isScalar && $0 != .bytes ? .varchar : nil }
                    .map { .init($0.parameters + (arguments.count == 2 ? [.varchar] : []), $0.result) }
            },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let delimiter = arguments.count == 2 ? try arguments[1].asBytes() : [UInt8(ascii: ",")]
                var text: [UInt8] = []
                for (index, element) in try arguments[0].asElements().enumerated() {
                    if index > 0 { text.append(contentsOf: delimiter) }
                    // The text of a scalar does not depend on its declared type.
                    ValueCast.appendText(of: element, .varchar, to: &text)
                    guard text.count <= TextFunctions.maximumLength else { throw .overflow }
                }
                return .varchar(text)
            }),
        ScalarFunction(
            "SLICE", usage: "SLICE(array, from, to)",
            summary: "The elements from one place to another, both included, from 1; NULL outside the array.",
            nullOnNull: false, check: ConstantChecks.all(place(1), place(2, least: 0)),
            resolve: { arguments in
                guard arguments.count == 3, arguments.dropFirst().allSatisfy({ $0 == nil || $0 == .integer }) else {
                    return nil
                }
                return ofArray([arguments[0]], 1) { .array($0) }
                    .map { .init($0.parameters + [.integer, .integer], $0.result) }
            },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if arguments[0].isNull { return .null }
                let elements = try arguments[0].asElements()
                let start = arguments[1].isNull ? 0 : try arguments[1].asInteger() - 1
                let end = arguments[2].isNull ? Int64(elements.count) : try arguments[2].asInteger()
                guard start >= 0, start <= end, end <= elements.count else { return .null }
                return .array(Array(elements[Int(start)..<Int(end)]))
            }),
    ]

    private static let sets: [ScalarFunction] = [
        ScalarFunction(
            "ARRAY_DISTINCT", usage: "ARRAY_DISTINCT(array)", summary: "Each different element once, in order.",
            resolve: { ofArray($0, 1) { .array($0) } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                .array(ValueSet.distinct(try arguments[0].asElements()))
            }
        ),
        ScalarFunction(
            "ARRAY_UNION", usage: "ARRAY_UNION(array, array)",
            summary: "Each different element of both once, in order.",
            resolve: { ofArray($0, 2) { .array($0) } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                .array(ValueSet.distinct(try arguments[0].asElements() + arguments[1].asElements()))
            }),
        ScalarFunction(
            "ARRAY_EXCEPT", usage: "ARRAY_EXCEPT(array, array)",
            summary: "Each different element of the first that is not in the second.",
            resolve: { ofArray($0, 2) { .array($0) } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let others = ValueSet(try arguments[1].asElements())
                return .array(ValueSet.distinct(try arguments[0].asElements()).filter { !others.contains($0) })
            }),
        ScalarFunction(
            "ARRAY_INTERSECT", usage: "ARRAY_INTERSECT(array, array)",
            summary: "Each different element of the first that is in the second, too.",
            resolve: { ofArray($0, 2) { .array($0) } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let others = ValueSet(try arguments[1].asElements())
                return .array(ValueSet.distinct(try arguments[0].asElements()).filter { others.contains($0) })
            }),
        ScalarFunction(
            "ARRAY_CONCAT", usage: "ARRAY_CONCAT(array, array)",
            summary: "The elements of both; a NULL array has none, but two NULLs give NULL.", nullOnNull: false,
            resolve: { ofArray($0, 2) { .array($0) } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if arguments[0].isNull { return arguments[1] }
                if arguments[1].isNull { return arguments[0] }
                return .array(try arguments[0].asElements() + arguments[1].asElements())
            }),
    ]

    private static let maps: [ScalarFunction] = [
        ScalarFunction(
            "MAP_KEYS", usage: "MAP_KEYS(map)", summary: "The keys, in the order of the map.",
            resolve: { ofMap($0, 1) { key, _ in .array(key) } },
            evaluate: { arguments, _ throws(EvaluationFailure) in .array(try arguments[0].asEntries().map(\.key)) }),
        ScalarFunction(
            "MAP_VALUES", usage: "MAP_VALUES(map)", summary: "The values, in the order of the map.",
            resolve: { ofMap($0, 1) { _, value in .array(value) } },
            evaluate: { arguments, _ throws(EvaluationFailure) in .array(try arguments[0].asEntries().map(\.value)) }),
        ScalarFunction(
            "MAP_UNION", usage: "MAP_UNION(map, map)",
            summary: "The entries of both; the second's value counts where both have a key.", nullOnNull: false,
            resolve: { ofMap($0, 2) { .map(key: $0, value: $1) } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if arguments[0].isNull { return arguments[1] }
                if arguments[1].isNull { return arguments[0] }
                return .map(Value.lastOfEqualKeys(try arguments[0].asEntries() + arguments[1].asEntries()))
            }),
        ScalarFunction(
            "AS_MAP", usage: "AS_MAP(keys, values)", summary: "The map of the keys and the values at the same places.",
            resolve: { arguments in
                guard arguments.count == 2, case .array(let key)? = arguments[0],
                    case .array(let value)? = arguments[1],
                    key == .varchar
                else { return nil }
                return .init([.array(key), .array(value)], .map(key: key, value: value))
            },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let pairs = zip(try arguments[0].asElements(), try arguments[1].asElements())
                return .map(
                    Value.lastOfEqualKeys(pairs.filter { !$0.0.isNull }.map { .init(key: $0.0, value: $0.1) }))
            }),
        ScalarFunction(
            "ENTRIES", usage: "ENTRIES(map, sorted)",
            summary: "The entries as structs of K and V, in the order of the keys where sorted is true.",
            resolve: { arguments in
                guard arguments.count == 2, (arguments[1] ?? .boolean) == .boolean else { return nil }
                return ofMap([arguments[0]], 1) { .array(.structure([Field("K", $0), Field("V", $1)])) }
                    .map { .init($0.parameters + [.boolean], $0.result) }
            },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                var entries = try arguments[0].asEntries()
                if try arguments[1].asBoolean() { entries.sort { ValueOrder.compare($0.key, $1.key) < 0 } }
                return .array(entries.map { .structure([$0.key, $0.value]) })
            }),
    ]

    private static let lists: [ScalarFunction] = [
        ScalarFunction(
            "ELT", usage: "ELT(n, text, …)", summary: "The n-th of the texts, from 1; NULL where there is none.",
            nullOnNull: false,
            check: { constants in
                ConstantChecks.number(0) { place in
                    if place >= 1, place < constants.count { return nil }
                    return ("there is no text number \(place)", "texts are counted from 1 to \(constants.count - 1)")
                }(constants)
            },
            resolve: { listed($0, first: .integer, .varchar) },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if arguments[0].isNull { return .null }
                let index = try arguments[0].asInteger()
                return index >= 1 && index < arguments.count ? arguments[Int(index)] : .null
            }),
        ScalarFunction(
            "FIELD", usage: "FIELD(text, text, …)",
            summary: "At which place, from 1, the first is among the others; or 0.",
            nullOnNull: false, resolve: { listed($0, first: .varchar, .integer) },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if arguments[0].isNull { return .integer(0) }
                let index = arguments.dropFirst().firstIndex { ValueOrder.compare($0, arguments[0]) == 0 }
                return try .narrow(Int64(index ?? 0))
            }),
        ScalarFunction(
            "GENERATE_SERIES", usage: "GENERATE_SERIES(first, last [, step])",
            summary: "The numbers from one to another, both included.",
            check: ConstantChecks.number(2) { $0 == 0 ? ("a step of 0 leads nowhere", nil) : nil },
            resolve: FunctionOverloads.first(
                of: [DataType.integer, .bigint].flatMap { type in
                    [.init([type, type], .array(type)), .init([type, type, .integer], .array(type))]
                }),
            evaluate: { arguments, result throws(EvaluationFailure) in
                let first = try arguments[0].asInteger()
                let last = try arguments[1].asInteger()
                let step = arguments.count == 3 ? try arguments[2].asInteger() : last >= first ? 1 : -1
                guard step != 0, first == last || (step > 0) == (last > first) else { throw .badArgument }
                let (distance, overflow) = last.subtractingReportingOverflow(first)
                let (steps, tooMany) = distance.dividedReportingOverflow(by: step)
                guard !overflow, !tooMany, steps < maximumCount else { throw .overflow }
                let isNarrow = result == .array(.integer)
                return .array(
                    (0...steps).map { index in
                        let number = first &+ index &* step
                        return isNarrow ? .integer(Int32(truncatingIfNeeded: number)) : .bigint(number)
                    })
            }),
    ]

    // MARK: Signatures

    /// A place in an array.
    private static func place(_ index: Int, least: Int64 = 1) -> ConstantChecks.Check {
        ConstantChecks.number(index) {
            $0 < least ? ("there is no element number \($0)", "elements are counted from 1") : nil
        }
    }

    private static func extreme(_ name: String, _ summary: String, _ sign: Int) -> ScalarFunction {
        ScalarFunction(
            name, usage: "\(name)(array)", summary: summary, resolve: { ofArray($0, 1) { $0.isScalar ? $0 : nil } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                var best = Value.null
                for element in try arguments[0].asElements() where !element.isNull {
                    if best.isNull || ValueOrder.compare(element, best) * sign > 0 { best = element }
                }
                return best
            })
    }

    /// `count` arrays of one type.
    private static func ofArray(_ arguments: [DataType?], _ count: Int, _ result: (DataType) -> DataType?)
        -> ScalarFunction.Signature?
    {
        guard arguments.count == count, let type = FunctionOverloads.commonType(arguments),
            case .array(let element) = type
        else { return nil }
        return result(element).map { .init([DataType](repeating: type, count: count), $0) }
    }

    /// An array and a value of its elements' type.
    private static func withElement(_ arguments: [DataType?], _ result: (DataType) -> DataType)
        -> ScalarFunction.Signature?
    {
        guard arguments.count == 2, case .array(let element)? = arguments[0],
            let common = FunctionOverloads.commonType([element, arguments[1]])
        else { return nil }
        return .init([.array(common), common], result(common))
    }

    /// `count` maps of one type.
    private static func ofMap(_ arguments: [DataType?], _ count: Int, _ result: (DataType, DataType) -> DataType)
        -> ScalarFunction.Signature?
    {
        guard arguments.count == count, let type = FunctionOverloads.commonType(arguments),
            case .map(let key, let value) = type
        else { return nil }
        return .init([DataType](repeating: type, count: count), result(key, value))
    }

    /// One argument, then texts.
    private static func listed(_ arguments: [DataType?], first: DataType, _ result: DataType)
        -> ScalarFunction.Signature?
    {
        let parameters = [first] + [DataType](repeating: .varchar, count: max(arguments.count - 1, 0))
        guard arguments.count >= 2, zip(arguments, parameters).allSatisfy({ $0 == nil || $0 == $1 }) else { return nil }
        return .init(parameters, result)
    }
}
