// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import Synchronization

/// Where the data plane and those who watch it meet: the poll thread puts its snapshots here, the threads of the HTTP
/// server read them, and what they ask of the run goes the other way. Neither ever waits for the other longer than a
/// few assignments take.
package final class StatusBoard: Sendable {
    /// Lines for people that are kept.
    private static let maximumNotes = 30

    package let identity: StatusIdentity
    private let clock: any Clock

    private struct State {
        var snapshot: StatusSnapshot
        var activity = RunActivity.working
        var activitySince: UInt64
        var notes: [StatusNote] = []
    }

    private let state: Mutex<State>
    /// When the data plane showed last that it goes on.
    private let heard: Atomic<UInt64>
    private let pauseRequested = Atomic<Bool>(false)
    private let drainRequested = Atomic<Bool>(false)

    package init(_ identity: StatusIdentity, clock: any Clock) {
        self.identity = identity
        self.clock = clock
        let now = clock.monotonicNanoseconds()
        let wall = clock.wallMilliseconds()
        heard = Atomic(now)
        state = Mutex(
            State(
                snapshot: StatusSnapshot(
                    takenMilliseconds: wall, takenNanoseconds: now, state: .starting, stateSinceMilliseconds: wall),
                activitySince: now))
    }

    // MARK: the data plane's side

    /// The data plane goes on, whether or not it has anything to tell.
    package func beat() { heard.store(clock.monotonicNanoseconds(), ordering: .relaxed) }

    package func publish(_ snapshot: StatusSnapshot) {
        beat()
        state.withLock { $0.snapshot = snapshot }
    }

    package func begin(_ activity: RunActivity) {
        let now = clock.monotonicNanoseconds()
        state.withLock { state in
            // While it waits it tries again and again: what counts is since when.
            if case .waitingForBroker = state.activity, case .waitingForBroker = activity {
                state.activity = activity
                return
            }
            state.activity = activity
            state.activitySince = now
        }
    }

    /// One line for people.
    package func note(_ line: String) {
        let note = StatusNote(milliseconds: clock.wallMilliseconds(), text: line)
        state.withLock { state in
            state.notes.append(note)
            if state.notes.count > StatusBoard.maximumNotes { state.notes.removeFirst() }
        }
    }

    package var isPauseRequested: Bool { pauseRequested.load(ordering: .relaxed) }
    package var isDrainRequested: Bool { drainRequested.load(ordering: .relaxed) }

    // MARK: the watchers' side

    /// Everything, as it is now.
    package var view: StatusView {
        let copy = state.withLock { $0 }
        return StatusView(
            identity: identity, snapshot: copy.snapshot, activity: copy.activity, notes: copy.notes,
            isPauseRequested: isPauseRequested, isDrainRequested: isDrainRequested,
            activitySinceNanoseconds: copy.activitySince, heardNanoseconds: heard.load(ordering: .relaxed),
            nowNanoseconds: clock.monotonicNanoseconds(), nowMilliseconds: clock.wallMilliseconds())
    }

    /// Asks something of the run; it does so at its next turn. A drain is for good, and ends a pause.
    package func request(_ request: RunRequest) {
        switch request {
        case .pause: pauseRequested.store(true, ordering: .relaxed)
        case .resume: pauseRequested.store(false, ordering: .relaxed)
        case .drain:
            drainRequested.store(true, ordering: .relaxed)
            pauseRequested.store(false, ordering: .relaxed)
        }
    }
}

/// A line that the run has said to people.
package struct StatusNote: Hashable, Sendable {
    package var milliseconds: Int64
    package var text: String
}

/// A run at the moment when somebody looks at it.
package struct StatusView: Sendable {
    package var identity: StatusIdentity
    package var snapshot: StatusSnapshot
    package var activity: RunActivity
    /// The oldest first.
    package var notes: [StatusNote]
    package var isPauseRequested: Bool
    package var isDrainRequested: Bool
    package var activitySinceNanoseconds: UInt64
    /// When the data plane showed last that it goes on.
    package var heardNanoseconds: UInt64
    package var nowNanoseconds: UInt64
    package var nowMilliseconds: Int64

    package init(
        identity: StatusIdentity, snapshot: StatusSnapshot, activity: RunActivity = .working, notes: [StatusNote] = [],
        isPauseRequested: Bool = false, isDrainRequested: Bool = false, activitySinceNanoseconds: UInt64,
        heardNanoseconds: UInt64? = nil, nowNanoseconds: UInt64, nowMilliseconds: Int64
    ) {
        self.identity = identity
        self.snapshot = snapshot
        self.activity = activity
        self.notes = notes
        self.isPauseRequested = isPauseRequested
        self.isDrainRequested = isDrainRequested
        self.activitySinceNanoseconds = activitySinceNanoseconds
        self.heardNanoseconds = heardNanoseconds ?? nowNanoseconds
        self.nowNanoseconds = nowNanoseconds
        self.nowMilliseconds = nowMilliseconds
    }

    /// How old the snapshot is, in seconds. A data plane that works makes two a second.
    package var ageSeconds: Double { seconds(since: snapshot.takenNanoseconds) }

    /// For how long the poll thread has been at what it does.
    package var activitySeconds: Double { seconds(since: activitySinceNanoseconds) }

    /// For how long the data plane has shown nothing of itself. It does so many times a second, also while it waits for
    /// a broker.
    package var silentSeconds: Double { seconds(since: heardNanoseconds) }

    private func seconds(since nanoseconds: UInt64) -> Double {
        Double(nowNanoseconds -| nanoseconds) / 1e9
    }
}
