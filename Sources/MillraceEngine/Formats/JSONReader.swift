// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

typealias BytePointer = UnsafePointer<UInt8>

/// Reads one JSON text: tokens here, values and strings in extensions. All functions take the place where they begin
/// and return the place behind what they read, nil where it is bad (`failure` says why).
///
/// Up to 64 bytes behind the end may be looked at (they are readable: `RawRecords.padding`), so a token may seem to
/// go on beyond the end; every loop over tokens compares with `end`, and so does the caller in the end.
struct JSONReader {
    private(set) var start: BytePointer
    private(set) var end: BytePointer
    var failure = BadReason.malformed
    var failurePlace: BytePointer
    /// The column that could not be converted; nil where the text is not JSON.
    var failureNode: ColumnNode?
    let conversion: TextConversion
    let powersOfTen: UnsafeMutablePointer<UInt64>
    let doublePowersOfTen: UnsafeMutablePointer<Double>
    /// For texts with escapes that are converted.
    private(set) var scratch: UnsafeMutablePointer<UInt8>
    private var scratchCapacity = 256
    /// Where the kinds of containers stand that `skipContainer` has left behind, 64 of them in a word.
    private var outerKinds: UnsafeMutablePointer<UInt64>
    private var outerCapacity = 4
    /// Objects are read by `fieldsByName` alone, because one around them already is.
    var readsByName = false

    /// `destroy` frees it.
    init(conversion: TextConversion) {
        self.conversion = conversion
        powersOfTen = .allocate(capacity: 20)
        doublePowersOfTen = .allocate(capacity: 23)
        var power: UInt64 = 1
        for exponent in 0..<20 {
            powersOfTen[exponent] = power
            power = power &* 10
        }
        // Exact up to 10^22.
        var double = 1.0
        for exponent in 0..<23 {
            doublePowersOfTen[exponent] = double
            double *= 10
        }
        scratch = .allocate(capacity: scratchCapacity)
        outerKinds = .allocate(capacity: outerCapacity)
        start = UnsafePointer(scratch)
        end = start
        failurePlace = start
    }

    /// The text that follows.
    @inline(__always)
    mutating func begin(_ start: BytePointer, count: Int) {
        self.start = start
        end = start + count
    }

    func destroy() {
        powersOfTen.deallocate()
        doublePowersOfTen.deallocate()
        scratch.deallocate()
        outerKinds.deallocate()
    }

    mutating func reserveScratch(_ count: Int) {
        guard count > scratchCapacity else { return }
        scratch.deallocate()
        scratchCapacity = count * 2
        scratch = .allocate(capacity: scratchCapacity)
    }

    @inline(never)
    mutating func fail(_ reason: BadReason, _ place: BytePointer, _ node: ColumnNode? = nil) -> BytePointer? {
        failure = reason
        failurePlace = place
        failureNode = node
        return nil
    }

    // MARK: White space and literals

    @inline(__always)
    func skipSpace(_ place: BytePointer) -> BytePointer {
        place.pointee > 0x20 ? place : JSONReader.skipLongSpace(place, end: end)
    }

    /// Static, so that no call copies the reader.
    @inline(never)
    private static func skipLongSpace(_ start: BytePointer, end: BytePointer) -> BytePointer {
        var place = start
        while place < end {
            switch place.pointee {
            case 0x20, 0x0A, 0x0D, 0x09: place += 1
            default: return place
            }
        }
        return place
    }

    @inline(__always)
    func isNull(_ place: BytePointer) -> Bool { place.word & 0xFFFF_FFFF == 0x6C6C_756E }
    @inline(__always)
    func isTrue(_ place: BytePointer) -> Bool { place.word & 0xFFFF_FFFF == 0x6575_7274 }
    @inline(__always)
    func isFalse(_ place: BytePointer) -> Bool { place.word & 0xFF_FFFF_FFFF == 0x65_736C_6166 }

    // MARK: Numbers

    /// Adds the digits from `place` on to `value` (wrapping; the caller counts them).
    @inline(__always)
    func takeDigits(_ place: inout BytePointer, _ value: inout UInt64) {
        while true {
            let digits = place.word ^ 0x3030_3030_3030_3030
            let stops = ByteWords.nonDigits(digits)
            if stops != 0 {
                let bits = stops.trailingZeroBitCount & 0x38
                // Two shifts, because one by 64 bits (no digit) would do nothing.
                let number = ByteWords.number((digits &<< UInt64(56 &- bits)) &<< 8)
                value = value &* powersOfTen[bits &>> 3] &+ number
                place += bits &>> 3
                return
            }
            value = value &* 100_000_000 &+ ByteWords.number(digits)
            place += 8
            if place >= end { return }
        }
    }

    /// A plain integer of at most 18 digits; nil for any other text (not bad yet).
    @inline(__always)
    func plainInteger(_ start: BytePointer, _ result: inout Int64) -> BytePointer? {
        let isNegative = start.pointee == UInt8(ascii: "-")
        let first = isNegative ? start + 1 : start
        var place = first
        var value: UInt64 = 0
        takeDigits(&place, &value)
        let count = place - first
        if count == 0 || count > 18 || (first.pointee == UInt8(ascii: "0") && count > 1) { return nil }
        let next = place.pointee
        if next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") { return nil }
        let signed = Int64(truncatingIfNeeded: value)
        result = isNegative ? 0 &- signed : signed
        return place
    }

    /// A number without exponent of at most 19 digits; nil for any other text (not bad yet).
    @inline(__always)
    func plainDouble(_ start: BytePointer, _ result: inout Double) -> BytePointer? {
        let isNegative = start.pointee == UInt8(ascii: "-")
        let first = isNegative ? start + 1 : start
        var place = first
        var value: UInt64 = 0
        takeDigits(&place, &value)
        var count = place - first
        if count == 0 || (first.pointee == UInt8(ascii: "0") && count > 1) { return nil }
        var fraction = 0
        if place.pointee == UInt8(ascii: ".") {
            place += 1
            let point = place
            takeDigits(&place, &value)
            fraction = place - point
            count &+= fraction
            if fraction == 0 { return nil }
        }
        if first.pointee == UInt8(ascii: "0") { count &-= 1 }
        if count > 19 || fraction > 19 || place.pointee | 0x20 == UInt8(ascii: "e") { return nil }
        // Where both operands are exact, the one rounding of the division is the right one.
        let magnitude =
            value <= 1 << 53
            ? Double(value) / doublePowersOfTen[fraction] : JSONReader.quotient(value, powersOfTen[fraction])
        result = isNegative ? -magnitude : magnitude
        return place
    }

    /// The double nearest to the quotient of two integers that are not zero.
    private static func quotient(_ dividend: UInt64, _ divisor: UInt64) -> Double {
        // Both with the highest bit set, so that the quotient has 64 bits; the remainder says whether that is exact.
        let (dividendShift, divisorShift) = (dividend.leadingZeroBitCount, divisor.leadingZeroBitCount)
        let (high, scaled) = (dividend &<< UInt64(dividendShift), divisor &<< UInt64(divisorShift))
        let halved = high >= scaled
        let (bits, remainder) = scaled.dividingFullWidth(halved ? (high &>> 1, high &<< 63) : (high, 0))
        // To 53 bits, ties to even.
        var significand = bits &>> 11
        let rest = bits & 0x7FF
        if rest > 0x400 || (rest == 0x400 && (remainder != 0 || significand & 1 == 1)) { significand &+= 1 }
        let exponent = divisorShift &- dividendShift &- (halved ? 63 : 64) &+ 11
        return Double(significand) * Double(bitPattern: UInt64(truncatingIfNeeded: 1023 &+ exponent) &<< 52)
    }

    /// Any number, by JSON's grammar.
    @inline(__always)
    mutating func skipNumber(_ start: BytePointer) -> BytePointer? {
        let first = start.pointee == UInt8(ascii: "-") ? start + 1 : start
        var place = skipDigits(first)
        if place == first || (first.pointee == UInt8(ascii: "0") && place - first > 1) {
            return fail(.malformed, start)
        }
        if place.pointee == UInt8(ascii: ".") {
            let point = place + 1
            place = skipDigits(point)
            if place == point { return fail(.malformed, place) }
        }
        if place.pointee | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place.pointee == UInt8(ascii: "-") || place.pointee == UInt8(ascii: "+") { place += 1 }
            let exponent = place
            place = skipDigits(place)
            if place == exponent { return fail(.malformed, place) }
        }
        return place
    }

    @inline(__always)
    private func skipDigits(_ start: BytePointer) -> BytePointer {
        var place = start
        while true {
            let stops = ByteWords.nonDigits(place.word ^ 0x3030_3030_3030_3030)
            if stops != 0 { return place + ByteWords.firstIndex(stops) }
            place += 8
            if place >= end { return place }
        }
    }

    // MARK: Values that are not read

    /// Skips a value of any kind, however deep it is nested.
    @inline(__always)
    mutating func skipValue(_ place: BytePointer) -> BytePointer? {
        let first = place.pointee
        if first == UInt8(ascii: "\"") { return skipString(place + 1) }
        if first &- UInt8(ascii: "0") <= 9 || first == UInt8(ascii: "-") { return skipNumber(place) }
        return skipOther(place)
    }

    @inline(never)
    private mutating func skipOther(_ place: BytePointer) -> BytePointer? {
        switch place.pointee {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return skipContainer(place)
        case UInt8(ascii: "n") where isNull(place): return place + 4
        case UInt8(ascii: "t") where isTrue(place): return place + 4
        case UInt8(ascii: "f") where isFalse(place): return place + 5
        default: return fail(.malformed, place)
        }
    }

    /// Skips an object or array without recursion; still every token of it has to be valid.
    private mutating func skipContainer(_ start: BytePointer) -> BytePointer? {
        var place = start
        // One bit a level, the innermost lowest: 1 = object. Of more than 64 levels the outer ones are in `outerKinds`.
        var kinds: UInt64 = 0
        var levels = 0
        while true {
            guard place < end else { return fail(.malformed, place) }
            let first = place.pointee
            var isClosed = false
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                if levels & 63 == 0, levels > 0 { keepKinds(kinds, word: levels &>> 6 &- 1) }
                let isObject = first == UInt8(ascii: "{")
                kinds = kinds &<< 1 | (isObject ? 1 : 0)
                levels += 1
                place = skipSpace(place + 1)
                if place.pointee == first + 2 {
                    isClosed = true
                } else {
                    if isObject {
                        guard let next = skipName(place) else { return nil }
                        place = next
                    }
                    continue
                }
            } else {
                guard let next = skipScalar(place) else { return nil }
                place = next
            }
            // Behind a value, or at the bracket that closes an empty container.
            while true {
                if !isClosed { place = skipSpace(place) }
                guard place < end else { return fail(.malformed, place) }
                let isObject = kinds & 1 == 1
                if place.pointee == UInt8(ascii: ","), !isClosed {
                    place = skipSpace(place + 1)
                    if isObject {
                        guard let next = skipName(place) else { return nil }
                        place = next
                    }
                    break
                }
                guard place.pointee == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    return fail(.malformed, place)
                }
                place += 1
                isClosed = false
                kinds &>>= 1
                levels -= 1
                if levels == 0 { return place }
                if levels & 63 == 0 { kinds = outerKinds[levels &>> 6 &- 1] }
            }
        }
    }

    @inline(never)
    private mutating func keepKinds(_ kinds: UInt64, word: Int) {
        if word == outerCapacity {
            let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: outerCapacity * 2)
            larger.update(from: outerKinds, count: outerCapacity)
            outerKinds.deallocate()
            outerKinds = larger
            outerCapacity *= 2
        }
        outerKinds[word] = kinds
    }

    private mutating func skipScalar(_ place: BytePointer) -> BytePointer? {
        switch place.pointee {
        case UInt8(ascii: "\""): return skipString(place + 1)
        case UInt8(ascii: "n") where isNull(place): return place + 4
        case UInt8(ascii: "t") where isTrue(place): return place + 4
        case UInt8(ascii: "f") where isFalse(place): return place + 5
        default: return skipNumber(place)
        }
    }

    /// A field's name, the colon and the white space around it.
    private mutating func skipName(_ place: BytePointer) -> BytePointer? {
        guard place < end, place.pointee == UInt8(ascii: "\""), let quote = skipString(place + 1) else {
            return fail(.malformed, place)
        }
        let colon = skipSpace(quote)
        guard colon < end, colon.pointee == UInt8(ascii: ":") else { return fail(.malformed, colon) }
        return skipSpace(colon + 1)
    }
}
