// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A directory below one that everybody shares, in which this user alone can write: `/tmp/millrace-1000`.
package enum OwnDirectory {
    /// Makes it, or takes it as it is.
    /// - Returns: its path; nil where it cannot be made, or where what is there is somebody else's, a link, or open to
    ///   others.
    package static func make(in base: String, user: UInt32 = geteuid()) -> String? {
        let path = "\(base)/millrace-\(user)"
        _ = mkdir(path, 0o700)
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == user,
            status.st_mode & 0o077 == 0
        else { return nil }
        return path
    }
}
