// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// MASK and its relatives: texts made unreadable, character by character.
enum MaskFunctions {
    static let all: [ScalarFunction] = [
        function("MASK", "The text with all characters masked.", counts: false) { _, _ in true },
        function("MASK_LEFT", "The text with the first characters masked.", counts: true) { left, _ in left },
        function("MASK_RIGHT", "The text with the last characters masked.", counts: true) { _, right in right },
        function("MASK_KEEP_LEFT", "The text masked but for the first characters.", counts: true) { left, _ in !left },
        function("MASK_KEEP_RIGHT", "The text masked but for the last characters.", counts: true) { _, right in !right
        },
    ]

    /// `covers` tells from (is among the first n, is among the last n) whether a character is masked.
    private static func function(
        _ name: String, _ summary: String, counts: Bool, covers: @escaping @Sendable (Bool, Bool) -> Bool
    ) -> ScalarFunction {
        let head: [DataType] = counts ? [.varchar, .integer] : [.varchar]
        let masks = [DataType](repeating: .varchar, count: 4)
        return ScalarFunction(
            name, usage: "\(name)(text\(counts ? ", count" : "") [, upper, lower, digit, other])",
            summary: "\(summary) A mask that is NULL keeps its kind of character.", nullOnNull: false,
            check: counts
                ? ConstantChecks.number(1) { $0 < 0 ? ("a count of characters must not be negative", nil) : nil } : nil,
            resolve: FunctionOverloads.first(of: (0...4).map { .init(head + masks.prefix($0), .varchar) }),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if arguments[0].isNull { return .null }
                let text = Array(String(decoding: try arguments[0].asBytes(), as: UTF8.self).unicodeScalars)
                var count = 0
                if counts {
                    guard !arguments[1].isNull else { return .null }
                    count = Int(try arguments[1].asInteger())
                    guard count >= 0 else { throw .badArgument }
                }
                var masks: [[UInt8]?] = ["X", "x", "n", "-"].map { Array($0.utf8) }
                for (index, mask) in arguments.dropFirst(head.count).enumerated() {
                    masks[index] = mask.isNull ? nil : try mask.asBytes()
                }
                var result: [UInt8] = []
                for (index, scalar) in text.enumerated() {
                    let isCovered = covers(index < count, index >= text.count - count)
                    if isCovered, let mask = masks[kind(scalar)] {
                        result.append(contentsOf: mask)
                    } else {
                        result.append(contentsOf: String(scalar).utf8)
                    }
                    guard result.count <= TextFunctions.maximumLength else { throw .overflow }
                }
                return .varchar(result)
            })
    }

    /// 0 upper case, 1 lower case, 2 digit, 3 other.
    private static func kind(_ scalar: Unicode.Scalar) -> Int {
        if scalar.properties.isUppercase { return 0 }
        if scalar.properties.isLowercase { return 1 }
        return scalar.properties.generalCategory == .decimalNumber ? 2 : 3
    }
}
