// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program beside the tests, which ends with this object. Its standard output can be read.
package final class HelperProcess {
    package struct NotStarted: Error {
        package var program: String
    }

    private let identifier: pid_t
    private let output: Int32
    private var isEnded = false

    /// - Parameter words: the program, found like a shell does, and its arguments.
    package init(_ words: [String]) throws(NotStarted) {
        let failure = NotStarted(program: words.first ?? "")
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw failure }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        // Threads of a test may have all signals masked.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var identifier: pid_t = 0
        let code = posix_spawnp(&identifier, words.first ?? "", &actions, &attributes, &arguments, environ)
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw failure
        }
        self.identifier = identifier
        output = ends[0]
    }

    deinit {
        kill()
        close(output)
    }

    package func kill() {
        guard !isEnded else { return }
        isEnded = true
        #if canImport(Glibc)
            _ = Glibc.kill(identifier, SIGKILL)
        #else
            _ = Darwin.kill(identifier, SIGKILL)
        #endif
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    }

    /// The next line, without its end; nil: there is none.
    package func line() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(output, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self) }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }

    /// All that it still says; it is waited for.
    package func rest() -> String {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(output, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += block[..<count]
        }
        var status: Int32 = 0
        if !isEnded { while waitpid(identifier, &status, 0) < 0, errno == EINTR {} }
        isEnded = true
        return String(decoding: bytes, as: UTF8.self)
    }
}
