// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Whether a configuration that nobody has named may be taken from the working directory, where it lies by chance: only
/// if nobody else can have put it there.
enum UnnamedFile {
    /// Why not; nil: it may be taken.
    /// - Parameters:
    ///   - directory: the one that it lies in.
    ///   - user: who runs this process.
    static func objection(_ file: FileAccess, in directory: FileAccess, user: UInt32) -> String? {
        // Root can do anything anyway.
        guard file.owner == user || file.owner == 0 else { return "belongs to another user (\(file.owner))" }
        guard !file.isWrittenByOthers else { return "can be written by every user (mode \(file.modeText))" }
        // In a directory with the sticky bit, as /tmp, others can put no file in this one's place.
        let isSticky = directory.mode & 0o1000 != 0
        guard !directory.isWrittenByOthers || isSticky else {
            return "lies in a directory that every user can write (mode \(directory.modeText))"
        }
        guard directory.owner == user || directory.owner == 0 || isSticky else {
            return "lies in a directory of another user (\(directory.owner))"
        }
        return nil
    }

    /// - Throws: `RunFailure` where it may not be taken.
    static func check(_ path: String, user: UInt32) throws(RunFailure) {
        guard let file = FileAccess(path), let directory = FileAccess(TextFile.directory(of: path)),
            let objection = objection(file, in: directory, user: user)
        else { return }
        throw RunFailure(
            .configuration, .foreignConfiguration, "nobody has named \(path), which \(objection)",
            hint: "read it, and take it with -c \(path), or run millrace in a directory of your own")
    }
}
