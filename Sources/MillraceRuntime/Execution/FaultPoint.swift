// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Places in the life of a continuous run where a test can make something go wrong, each in the order of the way there:
///
///     initialised ─► assigned ─► loading ─► restoring ─► read ─► computed ─► sent ─► stateSent ─┐
///                                                                                               ▼
///     revoked, lost        handedOver ◄── once ── committed ◄─ offsetsSent ◄─ flushed ◄─ exchangeSent
///
/// `MILLRACE_FAULT=sent:2:kill` arms one of them in the process that has it in its environment, if
/// `MILLRACE_FAULT_ALLOWED=in-this-test` is there, too: a run that is no test does not start with the one and without
/// the other. Without them a point costs a comparison. Points are reached once a batch or a commit, never once a record.
enum FaultPoint: String, CaseIterable {
    /// The producers have taken over their transactional ids, the group is not joined yet.
    case initialised
    /// The group has given partitions; the answer is not sent yet.
    case assigned
    /// The group wants partitions back; what was done is committed, the answer is not sent yet.
    case revoked
    /// The group has taken partitions away; what was done is thrown away, the answer is not sent yet.
    case lost
    /// A part of a changelog was read.
    case loading
    /// Records were read again for the state.
    case restoring
    /// Records have arrived and are not computed yet.
    case read
    /// Records were computed, none of their results is sent.
    case computed
    /// Results are on their way.
    case sent
    /// A flush of state is on its way with the results.
    case stateSent = "state-sent"
    /// Partial results are on their way to the exchanges.
    case exchangeSent = "exchange-sent"
    /// All results have arrived; the input offsets are not in the transaction.
    case flushed
    /// The input offsets are in the transaction, which is not ended.
    case offsetsSent = "offsets-sent"
    /// The commit is answered, and nobody has noted it yet.
    case committed
    /// The batch stage is committed, the stream stage has not begun.
    case handedOver = "handed-over"

    private static let text = getenv("MILLRACE_FAULT").map { String(cString: $0) }
    private static let isAllowed = isAllowed(getenv("MILLRACE_FAULT_ALLOWED").map { String(cString: $0) })
    private static let armed = isAllowed ? text.flatMap(ArmedFault.init) : nil

    /// Whether the variable that only tests set has the value that they set.
    static func isAllowed(_ value: String?) -> Bool { value == "in-this-test" }

    /// Does what is armed for here, when this is the time for it.
    /// - Throws: an error after which everything since the last commit has to be done again, when that is armed.
    @inline(__always)
    func reach() throws {
        if let armed = FaultPoint.armed { try armed.reach(self) }
    }

    /// Complains about an environment that arms nothing that there is.
    static func check() throws { try check(text, isAllowed: isAllowed) }

    static func check(_ text: String?, isAllowed: Bool) throws {
        guard let text else { return }
        guard isAllowed else {
            throw RunFailure(
                .configuration, .contradiction, "MILLRACE_FAULT makes a run fail on purpose, and this is no test",
                hint: "unset it; a test says MILLRACE_FAULT_ALLOWED=in-this-test beside it")
        }
        guard ArmedFault(text) == nil else { return }
        throw RunFailure(
            .configuration, .wrongValue, "MILLRACE_FAULT=\(text) is not of the form POINT:NTH:ACTION",
            hint: "points: \(allCases.map(\.rawValue).joined(separator: ", ")); actions: kill, error, stall")
    }
}

/// One fault that waits for its time.
final class ArmedFault: Sendable {
    enum Action: String {
        case kill, error, stall
    }

    /// How long a stall is, in seconds: beyond the timeout of transactions.
    private static let stallSeconds: UInt32 = 12

    let point: FaultPoint
    let action: Action
    /// How often the point has to be reached until it happens.
    private let left: Atomic<Int>

    /// Nil unless the text is of the form `POINT:NTH:ACTION`.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let point = FaultPoint(rawValue: parts[0]), let nth = Int(parts[1]), nth > 0,
            let action = Action(rawValue: parts[2])
        else { return nil }
        self.point = point
        self.action = action
        left = Atomic(nth)
    }

    func reach(_ reached: FaultPoint) throws {
        guard reached == point, left.subtract(1, ordering: .relaxed).newValue == 0 else { return }
        say("fault: \(action) at \(point.rawValue)\n")
        switch action {
        case .kill: kill(getpid(), SIGKILL)
        case .error: throw KafkaError.injected(at: point.rawValue)
        case .stall: sleep(ArmedFault.stallSeconds)
        }
    }

    /// At once: whoever is killed has no time to flush.
    private func say(_ line: String) {
        var line = line
        _ = line.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
