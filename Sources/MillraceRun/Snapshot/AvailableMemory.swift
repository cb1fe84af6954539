// SPDX-License-Identifier: Apache-2.0
import MillraceSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How much memory this process may use: the machine's, or less where a control group says so, as containers and
/// service managers do.
///
///     /proc/self/cgroup   0::/system.slice/millrace.service      version 2: memory.max there and in all groups above
///                         9:memory:/docker/4711                  version 1: memory.limit_in_bytes likewise
struct AvailableMemory {
    /// The text of a file; nil where it cannot be read.
    var read: (_ path: String) -> String? = { path in try? TextFile.read(path) }
    /// Bytes.
    var physical = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))

    /// Bytes.
    var bytes: Int64 { limits.reduce(physical) { min($0, $1) } }

    private var limits: [Int64] {
        guard let groups = read("/proc/self/cgroup") else { return [] }
        return groups.split(separator: "\n").flatMap { line -> [Int64] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            if fields[1].isEmpty { return limits(of: fields[2], below: "/sys/fs/cgroup", named: "memory.max") }
            guard fields[1].split(separator: ",").contains("memory") else { return [] }
            return limits(of: fields[2], below: "/sys/fs/cgroup/memory", named: "memory.limit_in_bytes")
        }
    }

    /// The limits of a group and of those that it is in. Within a container the group's own path may not be there; the
    /// container's limit stands at the top then. (Version 2 writes `max`, version 1 a number near 2^63, for none.)
    private func limits(of group: Substring, below root: String, named file: String) -> [Int64] {
        var directories = [root]
        for name in group.split(separator: "/") { directories.append("\(directories[directories.count - 1])/\(name)") }
        return directories.compactMap { directory in
            read("\(directory)/\(file)").flatMap { Int64($0.filter { $0 != "\n" }) }
        }.filter { $0 > 0 }
    }
}
