// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    package import Glibc
#elseif canImport(Darwin)
    package import Darwin
#endif

/// What a process has used in all its threads.
package struct ProcessUsage {
    /// User and system time, in seconds.
    package var userSeconds: Double
    package var systemSeconds: Double
    /// The most memory that was resident, in bytes.
    package var peakBytes: Int

    package var seconds: Double { userSeconds + systemSeconds }

    package init(_ usage: rusage) {
        userSeconds = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
        systemSeconds = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
        #if canImport(Darwin)
            peakBytes = usage.ru_maxrss
        #else
            peakBytes = usage.ru_maxrss * 1024
        #endif
    }

    /// Of this process so far.
    package static func ofSelf() -> ProcessUsage {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
        #else
            getrusage(RUSAGE_SELF.rawValue, &usage)
        #endif
        return ProcessUsage(usage)
    }
}
