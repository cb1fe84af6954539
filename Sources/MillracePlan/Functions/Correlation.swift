// SPDX-License-Identifier: Apache-2.0

/// Pearson's coefficient from how two columns spread, together and alone.
package enum Correlation {
    /// - Parameters:
    ///   - together: Σ(x − x̄)(y − ȳ).
    ///   - first: Σ(x − x̄)².
    ///   - second: Σ(y − ȳ)².
    /// - Returns: −1 … 1; nil where one of them does not spread, or spreads too far for numbers.
    package static func coefficient(count: Int64, together: Double, first: Double, second: Double) -> Double? {
        guard first > 0, second > 0, first.isFinite, second.isFinite, together.isFinite else { return nil }
        // Two points lie on a line.
        if count == 2 { return together == 0 ? nil : together < 0 ? -1 : 1 }
        let product = first * second
        let scale = product.isNormal ? product.squareRoot() : first.squareRoot() * second.squareRoot()
        guard scale > 0 else { return nil }
        let result = max(-1, min(1, together / scale))
        return result == 0 ? 0 : result
    }
}
