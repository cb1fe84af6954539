// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import MillraceLog

/// The end of a client, which nobody waits for longer than a few seconds.
///
/// librdkafka waits for all that a client holds, and before 2.1 it waits without end for a partition whose topic was
/// deleted while it was read. So a thread of its own frees the client; one that does not come back is left behind with
/// the client, to the end of the process.
enum ClientEnd {
    /// A healthy client takes some milliseconds; one that has a request on its way, up to a second.
    static let patienceMilliseconds: Int32 = 3000

    /// - Parameter wait: what frees the client; librdkafka's own, but for tests.
    static func destroy(
        _ handle: OpaquePointer, _ context: ClientContext, flags: Int32,
        patienceMilliseconds: Int32 = ClientEnd.patienceMilliseconds,
        by free: @escaping (OpaquePointer, Int32) -> Void = { rd_kafka_destroy_flags($0, $1) }
    ) {
        // Callbacks use the context until it is over.
        let end: CallThread.Call = {
            withExtendedLifetime(context) { free(handle, flags) }
            return nil
        }
        guard let thread = CallThread() else {
            _ = Unmanaged.passRetained(context)
            return
        }
        switch thread.run(timeoutMilliseconds: patienceMilliseconds, end) {
        case .answered: thread.leave()
        case .late:
            context.write(
                KafkaLogLine(
                    level: 4, facility: "DESTROY",
                    text: "a \(context.kind) does not end, as happens when a topic that it reads is deleted: "
                        + "it is left behind until the process ends"))
        }
    }
}
