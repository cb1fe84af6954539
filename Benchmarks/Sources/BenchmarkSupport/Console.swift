// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the tools tell the person who started them.
package enum Console {
    /// Writes a line to stderr.
    package static func note(_ line: String) {
        let text = Array((line + "\n").utf8)
        _ = write(2, text, text.count)
    }

    /// Runs `body` as a whole program: what it throws becomes a line on stderr and exit code 1.
    package static func main(_ name: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            note("\(name): \(error)")
            exit(1)
        }
    }
}
