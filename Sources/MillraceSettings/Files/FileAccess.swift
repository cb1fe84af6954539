// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whose a file or a directory is, and what others may do with it.
package struct FileAccess: Hashable, Sendable {
    package var owner: UInt32
    /// The nine bits and those before them, as `chmod` takes them.
    package var mode: UInt16
    package var isRegular: Bool
    /// Whether it lies in a file system that is mounted read-only, as a container's secrets are.
    package var isMountedReadOnly: Bool

    package init(owner: UInt32, mode: UInt16, isRegular: Bool = true, isMountedReadOnly: Bool = false) {
        self.owner = owner
        self.mode = mode
        self.isRegular = isRegular
        self.isMountedReadOnly = isMountedReadOnly
    }

    /// Nil: there is nothing at the path, or it cannot be looked at.
    package init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        var system = statvfs()
        let isKnown = statvfs(path, &system) == 0
        self.init(
            owner: status.st_uid, mode: UInt16(truncatingIfNeeded: status.st_mode & 0o7777),
            isRegular: status.st_mode & S_IFMT == S_IFREG,
            isMountedReadOnly: isKnown && system.f_flag & UInt(ST_RDONLY) != 0)
    }

    package var isReadByOthers: Bool { mode & 0o004 != 0 }
    package var isWrittenByOthers: Bool { mode & 0o002 != 0 }
    /// As `ls` and `chmod` write it: `0644`.
    package var modeText: String {
        let digits = String(mode & 0o777, radix: 8)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
