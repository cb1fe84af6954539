// SPDX-License-Identifier: Apache-2.0
import CSystemAllocator
import MillraceKafka
import MillraceRegistry

enum Version {
    static let text = "0.1.0"

    /// What `millrace version` prints: the libraries that matter for an answer to "does it happen to me, too?".
    static var lines: String {
        """
        millrace \(text) (librdkafka \(LibraryVersion.text), \(allocator))
        librdkafka has \(LibraryVersion.features.joined(separator: ", "))
        schema registries through \(RegistryClient.libraryVersion)

        """
    }

    /// mimalloc stands in for the C library's malloc in the whole process. librdkafka allocates each record on one
    /// thread and Millrace frees it on another, which is glibc's worst case: with mimalloc the same replay takes 0.7 of
    /// the time and a third of the kernel's. To ask for its version also keeps the linker from dropping it.
    private static var allocator: String {
        let version = mi_version()
        return "mimalloc \(version / 100).\(version / 10 % 10).\(version % 10)"
    }
}
