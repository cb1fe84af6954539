// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The cube root, the same on every machine: the C library's is off by a unit in the last place on some of them
/// (glibc 2.36 has 3.0000000000000004 for 27).
enum CubeRoot {
    static func of(_ number: Double) -> Double {
        let guess = cbrt(number)
        guard guess.isFinite, guess != 0 else { return guess }
        // A step of Newton's method with the remainder guess³ − number in twice the precision: what is left of the
        // error is far below half a unit in the last place. Scaled by a power of 8, so that no piece is subnormal.
        let exponent = 3 * (number.exponent / 3)
        let scaled = Double(sign: .plus, exponent: -exponent, significand: number)
        let root = Double(sign: .plus, exponent: -exponent / 3, significand: guess)
        let square = root * root
        let squareRest = (-square).addingProduct(root, root)
        let cube = square * root
        let cubeRest = (-cube).addingProduct(square, root)
        let remainder = (cube - scaled) + (cubeRest + squareRest * root)
        return Double(sign: .plus, exponent: exponent / 3, significand: root - remainder / (3 * square))
    }
}
