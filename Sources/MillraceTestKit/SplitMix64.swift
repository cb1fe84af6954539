// SPDX-License-Identifier: Apache-2.0

/// A small random number generator that gives the same numbers for the same seed everywhere and for ever.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number of `0 ..< bound`; 0 where `bound` is not positive.
    package mutating func below(_ bound: Int) -> Int {
        bound > 0 ? Int(truncatingIfNeeded: next() % UInt64(bound)) : 0
    }

    /// True in `percent` of a hundred cases.
    package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// One of the items.
    package mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }
}
