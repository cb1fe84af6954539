// SPDX-License-Identifier: Apache-2.0

/// A binary heap: the least element is at hand, and one is added or taken in log n steps.
package struct MinimumHeap<Element: Comparable> {
    private var elements: [Element] = []

    package init() {}

    package var isEmpty: Bool { elements.isEmpty }

    /// The least element; nil: there is none.
    package var least: Element? { elements.first }

    /// Bytes of memory, without what elements point at.
    package var heldBytes: Int { elements.capacity * MemoryLayout<Element>.stride }

    package mutating func insert(_ element: Element) {
        var place = elements.count
        elements.append(element)
        while place > 0 {
            let parent = (place - 1) / 2
            guard element < elements[parent] else { break }
            elements[place] = elements[parent]
            place = parent
        }
        elements[place] = element
    }

    /// Takes the least element out; nil: there is none.
    @discardableResult
    package mutating func removeLeast() -> Element? {
        guard let least = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return least }
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < elements.count else { break }
            if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
            guard elements[child] < last else { break }
            elements[place] = elements[child]
            place = child
        }
        elements[place] = last
        return least
    }
}
