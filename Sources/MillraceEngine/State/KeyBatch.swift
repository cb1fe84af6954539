// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Makes the group keys of a batch's selected rows, with their hashes.
///
/// Exclusivity is not checked at run time: one thread owns it, and no method calls out while it changes a property.
final class KeyBatch {
    /// Key i belongs to the i-th selected row. Valid until the columns or the batch are filled again.
    ///
    ///     one VARCHAR or BYTES column   key i = column bytes, offsets[rows[i]] ..< offsets[rows[i] + 1]; not copied
    ///     otherwise                     key i = encoded bytes, offsets[i] ..< offsets[i + 1]
    struct Keys: GroupKeys {
        fileprivate let base: UnsafeRawPointer
        fileprivate let offsets: UnsafePointer<Int32>
        fileprivate let places: UnsafePointer<Int32>
        fileprivate let hashes: UnsafePointer<UInt64>

        @inline(__always)
        func key(_ index: Int) -> UnsafeRawBufferPointer {
            let place = Int(places[index])
            let start = offsets[place]
            return UnsafeRawBufferPointer(start: base + Int(start), count: Int(offsets[place &+ 1] &- start))
        }

        @inline(__always)
        func hash(_ index: Int) -> UInt64 { hashes[index] }
    }

    private let encoding: KeyEncoding
    private let hash: KeyHash
    @exclusivity(unchecked) private var encoded = ByteArena()
    @exclusivity(unchecked) private var offsets = GrowingArray<Int32>()
    @exclusivity(unchecked) private var hashes = GrowingArray<UInt64>()
    /// 0, 1, 2 …
    private let identity = Selection()

    init(_ types: [DataType], hash: KeyHash = .process) {
        encoding = KeyEncoding(types)
        self.hash = hash
    }

    /// The keys of the selected rows; no column is NULL there.
    func keys(of columns: [Column], _ selection: Selection) -> Keys {
        let count = selection.count
        hashes.reserve(count, used: 0)
        let keys: Keys
        if encoding.isRaw {
            keys = Keys(
                base: UnsafeRawPointer(columns[0].data), offsets: columns[0].offsets, places: selection.indices,
                hashes: hashes.base)
        } else {
            encode(columns, selection)
            keys = Keys(base: encoded.base, offsets: offsets.base, places: identity.indices, hashes: hashes.base)
        }
        let (hashes, hash) = (hashes.base, hash)
        for index in 0..<count {
            let key = keys.key(index)
            hashes[index] = hash.bytes(key.baseAddress.unsafelyUnwrapped, count: key.count)
        }
        return keys
    }

    private func encode(_ columns: [Column], _ selection: Selection) {
        let count = selection.count
        encoded.removeAll()
        offsets.reserve(count + 1, used: 0)
        if identity.count < count { identity.selectAll(rows: count) }
        offsets.base[0] = 0
        for index in 0..<count {
            for column in columns { KeyEncoding.append(column, Int(selection.indices[index]), to: &encoded) }
            offsets.base[index + 1] = Int32(truncatingIfNeeded: encoded.count)
        }
    }
}
