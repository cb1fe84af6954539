// SPDX-License-Identifier: Apache-2.0

/// The scalar functions of the dialect. All are pure: a result is a function of the log, so UUID and RANDOM are made of
/// the record's place in it, and UNIX_TIMESTAMP() does not exist.
package enum ScalarFunctions {
    /// In alphabetical order.
    package static let all: [ScalarFunction] =
        (MathFunctions.all + TextFunctions.all + MaskFunctions.all + TimeFunctions.all + RegexFunctions.all
        + JSONFunctions.all + JSONConstruction.all + IdentityFunctions.all
        + CollectionFunctions.all + NullFunctions.all + BytesFunctions.all + URLFunctions.all)
        .sorted { $0.name < $1.name }

    private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// The function of this name; nil where there is none.
    package static func named(_ upperCaseName: String) -> ScalarFunction? { byName[upperCaseName] }
}
