// SPDX-License-Identifier: Apache-2.0
import MillraceSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file of a listening Unix socket, whose mode says who may connect. It goes with its owner.
final class UnixSocketFile {
    let path: String
    private let device: UInt64
    private let inode: UInt64

    /// Binds a socket to the path. What a process has left behind that was killed is removed; a socket at which
    /// somebody listens, and a file that is no socket, stay.
    init(_ path: String, mode: UInt16, socket: Int32) throws(HTTPListener.Failure) {
        // Two processes that find the same left socket do not remove each other's new one.
        let directory = open(TextFile.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw HTTPListener.failure() }
        defer { close(directory) }
        _ = flock(directory, LOCK_EX)
        if access(path, F_OK) == 0 { try UnixSocketFile.removeLeft(path) }
        // Nobody can connect before the socket listens; by then the mode holds.
        guard let bound = SystemSocket.withUnixAddress(path, { bind(socket, $0, $1) }) else {
            throw HTTPListener.Failure(code: ENAMETOOLONG, message: "the path is too long for a socket")
        }
        guard bound == 0 else { throw HTTPListener.failure() }
        var status = stat()
        guard chmod(path, mode_t(mode)) == 0, lstat(path, &status) == 0 else {
            let error = HTTPListener.failure()
            unlink(path)
            throw error
        }
        self.path = path
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
    }

    deinit {
        // Somebody may have put another file there.
        var status = stat()
        if lstat(path, &status) == 0, UInt64(truncatingIfNeeded: status.st_dev) == device, status.st_ino == inode {
            unlink(path)
        }
    }

    private static func removeLeft(_ path: String) throws(HTTPListener.Failure) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            throw HTTPListener.Failure(code: EEXIST, message: "there is a file that is no socket")
        }
        let probe = socket(AF_UNIX, SystemSocket.stream, 0)
        guard probe >= 0 else { throw HTTPListener.failure() }
        defer { close(probe) }
        let answers = SystemSocket.withUnixAddress(path) { SystemSocket.connect(probe, $0, $1) == 0 } ?? false
        guard !answers else { throw HTTPListener.Failure(code: EADDRINUSE, message: "another process serves there") }
        guard errno == ECONNREFUSED else { throw HTTPListener.failure() }
        guard unlink(path) == 0 || errno == ENOENT else { throw HTTPListener.failure() }
    }
}
