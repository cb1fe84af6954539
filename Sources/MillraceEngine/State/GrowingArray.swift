// SPDX-License-Identifier: Apache-2.0
import CSystemMemory

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory for plain values that grows where it lies, if it can: a large array is pages of its own, which the kernel
/// moves to larger room without copying them (`mremap`), so that growing never needs the old and the new array at once.
struct GrowingArray<Element: BitwiseCopyable>: ~Copyable {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var capacity: Int
    private var bytes: Int
    private var isMapped = false

    /// From here on an array has pages of its own.
    private static var mappingThreshold: Int { 1 << 20 }

    init(capacity: Int = 1) {
        self.capacity = max(capacity, 1)
        bytes = self.capacity * MemoryLayout<Element>.stride
        base = .allocate(capacity: self.capacity)
    }

    deinit {
        if isMapped { munmap(base, bytes) } else { base.deallocate() }
    }

    /// Bytes of memory: of pages, those that were touched.
    /// - Parameter used: how many elements there are, and never were more.
    func heldBytes(used: Int) -> Int {
        isMapped ? min((used * MemoryLayout<Element>.stride + 4095) & ~4095, bytes) : bytes
    }

    /// Room for `needed` elements in all.
    /// - Parameter used: how many there are; the ones behind them are not initialised.
    @inline(__always)
    mutating func reserve(_ needed: Int, used: Int) {
        if needed > capacity { grow(needed, used: used) }
    }

    @inline(never)
    private mutating func grow(_ needed: Int, used: Int) {
        let stride = MemoryLayout<Element>.stride
        // A mapped array costs what is touched: half as much again is room, not memory.
        let newCapacity = max(needed, capacity + max(capacity / 2, 16))
        #if os(Linux)
            if newCapacity * stride >= GrowingArray.mappingThreshold {
                let newBytes = (newCapacity * stride + 4095) & ~4095
                let new =
                    isMapped
                    ? millrace_remap(base, bytes, newBytes)
                    : mmap(nil, newBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                guard let new, new != MAP_FAILED else { fatalError("no memory for \(newBytes) bytes of state") }
                let moved = new.assumingMemoryBound(to: Element.self)
                if !isMapped {
                    moved.update(from: base, count: used)
                    base.deallocate()
                }
                (base, bytes, capacity, isMapped) = (moved, newBytes, newBytes / stride, true)
                return
            }
        #endif
        let new = UnsafeMutablePointer<Element>.allocate(capacity: newCapacity)
        new.update(from: base, count: used)
        base.deallocate()
        (base, bytes, capacity) = (new, newCapacity * stride, newCapacity)
    }
}
