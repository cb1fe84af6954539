// SPDX-License-Identifier: Apache-2.0
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Standard error: whole lines and, on a terminal, how far the work is below them. From any thread. That it cannot be
/// written to can be told to nobody.
final class StandardError: Sendable {
    private static let eraseLine = "\r\u{1B}[K"

    let isTerminal = isatty(STDERR_FILENO) == 1
    /// Whether the lowest line is one of progress.
    private let progressIsShown = Mutex(false)

    func line(_ text: String) {
        progressIsShown.withLock { isShown in
            put((isShown ? StandardError.eraseLine : "") + text + "\n")
            isShown = false
        }
    }

    /// Puts a line of progress in the place of the last one; for terminals.
    func progress(_ text: String) {
        progressIsShown.withLock { isShown in
            put(StandardError.eraseLine + text)
            isShown = true
        }
    }

    /// Runs what writes to the same terminal in another way: the line of progress goes before, and comes again with the
    /// next word.
    func withoutProgress<Result>(_ body: () -> Result) -> Result {
        progressIsShown.withLock { isShown in
            if isShown { put(StandardError.eraseLine) }
            isShown = false
            return body()
        }
    }

    /// In columns.
    var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    private func put(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { FileDescriptor.write($0, to: STDERR_FILENO) }
    }
}

/// Writing in spite of signals.
enum FileDescriptor {
    /// - Returns: whether all of it was written; else `errno` says why not.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var position = 0
        while position < bytes.count, let base = bytes.baseAddress {
            let count = systemWrite(descriptor, base + position, bytes.count - position)
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            position += count
        }
        return true
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
        Glibc.write(descriptor, bytes, count)
    #else
        Darwin.write(descriptor, bytes, count)
    #endif
}
