// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import CSystemKafka
internal import MillraceLog

/// Who a consumer is in its group at one moment: goes with offsets into a transaction, so that the coordinator can
/// refuse those of a member that has been replaced. Take a fresh one after each poll.
final class LibraryGroupMetadata: GroupMetadata {
    let handle: OpaquePointer
    /// The group's generation; −1 = not a member (the coordinator would not check anything then).
    let generation: Int32

    /// Takes over `handle`.
    init(owning handle: OpaquePointer) {
        self.handle = handle
        generation = LibraryGroupMetadata.generation(of: handle)
    }

    deinit { rd_kafka_consumer_group_metadata_destroy(handle) }

    /// librdkafka 2.0.2 has no getter; its serialised form is `CGMDv2:`, then the generation in the machine's order.
    private static func generation(of handle: OpaquePointer) -> Int32 {
        let prefix = Array("CGMDv2:".utf8)
        var buffer: UnsafeMutableRawPointer?
        var size = 0
        if let error = rd_kafka_consumer_group_metadata_write(handle, &buffer, &size) {
            rd_kafka_error_destroy(error)
            return -1
        }
        guard let buffer else { return -1 }
        defer { rd_kafka_mem_free(nil, buffer) }
        guard size >= prefix.count + 4, memcmp(buffer, prefix, prefix.count) == 0 else { return -1 }
        return buffer.loadUnaligned(fromByteOffset: prefix.count, as: Int32.self)
    }

    /// That of a consumer of this module; another cluster's has no meaning here.
    static func of(_ metadata: any GroupMetadata) -> LibraryGroupMetadata {
        guard let metadata = metadata as? LibraryGroupMetadata else {
            preconditionFailure("the metadata is of a reader of another cluster")
        }
        return metadata
    }
}
