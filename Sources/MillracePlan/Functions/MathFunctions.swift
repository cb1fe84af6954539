// SPDX-License-Identifier: Apache-2.0
import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Functions of numbers.
enum MathFunctions {
    static let all: [ScalarFunction] =
        signs + roundings + extremes + transcendental + [
            ScalarFunction(
                "GEO_DISTANCE", usage: "GEO_DISTANCE(lat1, lon1, lat2, lon2 [, unit])",
                summary: "The great-circle distance of two points in degrees, in 'KM' (default) or 'MILES'.",
                nullOnNull: false, check: geoCheck,
                resolve: FunctionOverloads.of(
                    [.double, .double, .double, .double], [.double, .double, .double, .double, .varchar],
                    giving: .double),
                evaluate: { arguments, _ throws(EvaluationFailure) in try geoDistance(arguments) })
        ]

    private static let signs: [ScalarFunction] = [
        ScalarFunction(
            "ABS", usage: "ABS(number)", summary: "The number without its sign.", resolve: sameNumber,
            evaluate: { arguments, _ throws(EvaluationFailure) in
                switch arguments[0] {
                case .integer(let value): return try .narrow(Int64(value.magnitude))
                case .bigint(let value):
                    guard let magnitude = Int64(exactly: value.magnitude) else { throw .overflow }
                    return .bigint(magnitude)
                case .decimal(let value):
                    return .decimal(
                        Decimal128(
                            unscaled: value.unscaled < 0 ? 0 &- value.unscaled : value.unscaled, scale: value.scale))
                default: return .canonical(try arguments[0].asDouble().magnitude)
                }
            }),
        ScalarFunction(
            "SIGN", usage: "SIGN(number)", summary: "−1, 0 or 1.",
            resolve: { arguments in sameNumber(arguments).map { .init($0.parameters, .integer) } },
            evaluate: { arguments, _ throws(EvaluationFailure) in
                switch arguments[0] {
                case .integer(let value): return .integer(value.signum())
                case .bigint(let value): return .integer(Int32(value.signum()))
                case .decimal(let value): return .integer(Int32(value.unscaled.signum()))
                default:
                    let value = try arguments[0].asDouble()
                    return .integer(value < 0 ? -1 : value > 0 ? 1 : 0)
                }
            }),
    ]

    private static let roundings: [ScalarFunction] = [
        whole("CEIL", "The least integer that is not less than the number.", .up),
        whole("FLOOR", "The greatest integer that is not greater than the number.", .down),
        cut(
            "ROUND", "The nearest number with so many digits after the point (default 0); a half goes up.", .nearestUp),
        cut("TRUNC", "The number without the digits behind the point, or behind so many of them.", .towardZero),
    ]

    private static let extremes: [ScalarFunction] = [
        extreme("GREATEST", "The greatest argument that is not NULL.", 1),
        extreme("LEAST", "The least argument that is not NULL.", -1),
    ]

    // The last digits of these come from the platform's C library.
    private static let transcendental: [ScalarFunction] = [
        ofDouble("SQRT", "The square root.") { $0.squareRoot() },
        ofDouble("CBRT", "The cube root.") { CubeRoot.of($0) },
        ofDouble("EXP", "e to the power of the number.") { exp($0) },
        ofDouble("LN", "The natural logarithm.") { log($0) },
        ofDouble("SIN", "The sine of an angle in radians.") { sin($0) },
        ofDouble("COS", "The cosine of an angle in radians.") { cos($0) },
        ofDouble("TAN", "The tangent of an angle in radians.") { tan($0) },
        ofDouble("COT", "The cotangent of an angle in radians.") { 1 / tan($0) },
        ofDouble("SINH", "The hyperbolic sine.") { sinh($0) },
        ofDouble("COSH", "The hyperbolic cosine.") { cosh($0) },
        ofDouble("TANH", "The hyperbolic tangent.") { tanh($0) },
        ofDouble("ASIN", "The arc sine in radians.") { asin($0) },
        ofDouble("ACOS", "The arc cosine in radians.") { acos($0) },
        ofDouble("ATAN", "The arc tangent in radians.") { atan($0) },
        ofDouble("DEGREES", "Radians as degrees.") { $0 * (180 / .pi) },
        ofDouble("RADIANS", "Degrees as radians.") { $0 * (.pi / 180) },
        ScalarFunction(
            "ATAN2", usage: "ATAN2(y, x)", summary: "The angle of the point (x, y) in radians.",
            resolve: FunctionOverloads.of([.double, .double], giving: .double),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let (y, x) = (try arguments[0].asDouble(), try arguments[1].asDouble())
                return try .answer(atan2(y, x), of: y, x)
            }),
        ScalarFunction(
            "POWER", usage: "POWER(base, exponent)", summary: "The base to the power of the exponent.",
            resolve: FunctionOverloads.of([.double, .double], giving: .double),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let (base, exponent) = (try arguments[0].asDouble(), try arguments[1].asDouble())
                return try .answer(power(base, exponent), of: base, exponent)
            }),
        ScalarFunction(
            "LOG", usage: "LOG([base,] number)", summary: "The logarithm to a base (default 10).",
            resolve: FunctionOverloads.of([.double], [.double, .double], giving: .double),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let first = try arguments[0].asDouble()
                if arguments.count == 1 { return try .answer(log10(first), of: first) }
                let value = try arguments[1].asDouble()
                let isDefined = first > 0 && first != 1
                return try .answer(isDefined ? log(value) / log(first) : .nan, of: first, value)
            }),
        ScalarFunction(
            "PI", usage: "PI()", summary: "The number π.", resolve: FunctionOverloads.of([], giving: .double),
            evaluate: { _, _ in .double(.pi) }),
    ]

    /// Java's `pow` has NaN where C's has 1: for ±1 to the power of an infinity and 1 to the power of NaN.
    private static func power(_ base: Double, _ exponent: Double) -> Double {
        if exponent.isNaN || (base.magnitude == 1 && exponent.isInfinite) { return .nan }
        return pow(base, exponent)
    }

    // MARK: Signatures

    /// One number of any type; the result has it, too.
    private static func sameNumber(_ arguments: [DataType?]) -> ScalarFunction.Signature? {
        guard arguments.count == 1 else { return nil }
        let type = arguments[0] ?? .double
        return type.isNumeric ? .init([type], type) : nil
    }

    private static func ofDouble(_ name: String, _ summary: String, _ body: @escaping @Sendable (Double) -> Double)
        -> ScalarFunction
    {
        ScalarFunction(
            name, usage: "\(name)(number)", summary: summary,
            resolve: FunctionOverloads.of([.double], giving: .double),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let number = try arguments[0].asDouble()
                return try .answer(body(number), of: number)
            })
    }

    private static func extreme(_ name: String, _ summary: String, _ sign: Int) -> ScalarFunction {
        ScalarFunction(
            name, usage: "\(name)(value, …)", summary: summary, nullOnNull: false,
            resolve: { arguments in
                guard let type = FunctionOverloads.commonType(arguments), type.isScalar, type != .boolean else {
                    return nil
                }
                return .init(arguments.map { _ in type }, type)
            },
            evaluate: { arguments, _ in
                var best = Value.null
                for value in arguments where !value.isNull {
                    if best.isNull || ValueOrder.compare(value, best) * sign > 0 { best = value }
                }
                return best
            })
    }

    // MARK: Rounding

    /// CEIL and FLOOR: the type stays.
    private static func whole(_ name: String, _ summary: String, _ direction: Rounding.Direction) -> ScalarFunction {
        ScalarFunction(
            name, usage: "\(name)(number)", summary: summary, resolve: sameNumber,
            evaluate: { arguments, result throws(EvaluationFailure) in
                switch arguments[0] {
                case .decimal(let value): return try Rounding.round(value, digits: 0, direction, result)
                case .double(let value): return .canonical(value.rounded(direction == .up ? .up : .down))
                default: return arguments[0]
                }
            })
    }

    /// ROUND and TRUNC: integers of all numbers, or numbers of fewer digits.
    private static func cut(_ name: String, _ summary: String, _ direction: Rounding.Direction) -> ScalarFunction {
        ScalarFunction(
            name, usage: "\(name)(number [, digits])", summary: summary,
            resolve: { arguments in
                guard arguments.count == 1 || arguments.count == 2 else { return nil }
                if arguments.count == 2 { guard arguments[1] == nil || arguments[1] == .integer else { return nil } }
                switch (arguments[0], arguments.count) {
                case (.integer, 1): return .init([.integer], .bigint)
                case (.bigint, 1): return .init([.bigint], .bigint)
                case (.decimal(let precision, let scale), 1):
                    return .init(
                        [.decimal(precision: precision, scale: scale)],
                        .decimal(precision: max(precision - scale, 1), scale: 0))
                case (.decimal(let precision, let scale), _):
                    let type = DataType.decimal(precision: precision, scale: scale)
                    return .init([type, .integer], type)
                case (.double, 1), (nil, 1): return .init([.double], .bigint)
                case (.double, _), (.integer, _), (.bigint, _), (nil, _): return .init([.double, .integer], .double)
                default: return nil
                }
            },
            evaluate: { arguments, result throws(EvaluationFailure) in
                let digits = arguments.count == 2 ? try arguments[1].asInteger() : 0
                switch arguments[0] {
                case .decimal(let value): return try Rounding.round(value, digits: Int(digits), direction, result)
                case .double(let value) where arguments.count == 2:
                    return try .answer(Rounding.round(value, digits: Int(digits), direction), of: value)
                case .double(let value):
                    var whole = value.rounded(.down)
                    if direction == .towardZero {
                        whole = value.rounded(.towardZero)
                    } else if value - whole >= 0.5 {
                        whole += 1
                    }
                    guard let integer = Int64(exactly: whole) else { throw .overflow }
                    return .bigint(integer)
                default: return .bigint(try arguments[0].asInteger())
                }
            })
    }

    // MARK: Geography

    private static let geoCheck = ConstantChecks.all(
        degrees(0, 90), degrees(1, 180), degrees(2, 90), degrees(3, 180),
        ConstantChecks.word(4, "unit of length", among: ["KM", "KILOMETERS", "MILES"] + otherUnits))

    private static let otherUnits = ["KILOMETER", "KILOMETRE", "KILOMETRES", "MILE"]

    private static func degrees(_ index: Int, _ limit: Double) -> ConstantChecks.Check {
        ConstantChecks.argument(index) { value in
            guard case .double(let degrees) = value, !(degrees.magnitude <= limit) else { return nil }
            let name = limit == 90 ? "latitude" : "longitude"
            return ("\(degrees) is no \(name)", "a \(name) lies between -\(Int(limit)) and \(Int(limit)) degrees")
        }
    }

    /// NULL where a coordinate is NULL; a unit that is NULL is the default.
    private static func geoDistance(_ arguments: [Value]) throws(EvaluationFailure) -> Value {
        if arguments.prefix(4).contains(.null) { return .null }
        var radius = 6371.0
        if arguments.count == 5, !arguments[4].isNull {
            let unit = String(decoding: try arguments[4].asBytes(), as: UTF8.self).uppercased()
            switch unit {
            case "KM", "KILOMETER", "KILOMETERS", "KILOMETRE", "KILOMETRES": break
            case "MILE", "MILES": radius = 3959
            default: throw .badArgument
            }
        }
        let latitude1 = try arguments[0].asDouble()
        let longitude1 = try arguments[1].asDouble()
        let latitude2 = try arguments[2].asDouble()
        let longitude2 = try arguments[3].asDouble()
        guard latitude1.magnitude <= 90, latitude2.magnitude <= 90, longitude1.magnitude <= 180,
            longitude2.magnitude <= 180
        else { throw .badArgument }
        let radians = Double.pi / 180
        let sineLatitude = sin((latitude2 - latitude1) * radians / 2)
        let sineLongitude = sin((longitude2 - longitude1) * radians / 2)
        // The haversine formula.
        let haversine =
            sineLatitude * sineLatitude + cos(latitude1 * radians) * cos(latitude2 * radians) * sineLongitude
            * sineLongitude
        return .canonical(2 * radius * asin(min(haversine.squareRoot(), 1)))
    }
}
