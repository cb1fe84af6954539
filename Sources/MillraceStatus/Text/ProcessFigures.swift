// SPDX-License-Identifier: Apache-2.0
import MillraceSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the system says about this process.
package struct ProcessFigures {
    var cpuSeconds: Double
    /// Nil where the system does not say.
    var residentBytes: Int64?
    var peakResidentBytes: Int64
    var openFiles: Int?
    var maximumFiles: Int?

    static func now() -> ProcessFigures {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            let unit: Int64 = 1024
        #else
            getrusage(RUSAGE_SELF, &usage)
            let unit: Int64 = 1
        #endif
        let cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        var limit = rlimit()
        #if canImport(Glibc)
            let found = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        #else
            let found = getrlimit(RLIMIT_NOFILE, &limit) == 0
        #endif
        return ProcessFigures(
            cpuSeconds: cpu, residentBytes: residentPages.map { $0 * Int64(sysconf(Int32(_SC_PAGESIZE))) },
            peakResidentBytes: Int64(usage.ru_maxrss) * unit, openFiles: openFileCount,
            maximumFiles: found ? Int(clamping: limit.rlim_cur) : nil)
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// The second number of Linux's `/proc/self/statm`.
    private static var residentPages: Int64? {
        guard let text = try? TextFile.read("/proc/self/statm") else { return nil }
        let numbers = text.split(separator: " ")
        return numbers.count > 1 ? Int64(numbers[1]) : nil
    }

    private static var openFileCount: Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) { if entry.pointee.d_name.0 != 46 { count += 1 } }
        // The directory itself is open just now.
        return count - 1
    }
}
