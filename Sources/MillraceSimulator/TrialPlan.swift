// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceTestKit

/// What one seed decides: a program over a log, the processes that run it, and what is done to them.
struct TrialPlan {
    enum Harm {
        /// More of the log comes.
        case feed
        case kill
        /// In ms.
        case standStill(Int64)
        case stop
        case join
        case brokersAway(Int64)
        case forget(Int64)
        case compact
    }

    let statements: String
    let log: SimulatedLog
    let isJoin: Bool
    let processes: Int
    /// A bounded slice that the processes share.
    let isJob: Bool
    let threads: Int
    let commitInterval: Int64
    let flushInterval: Int64
    /// What becomes of requests.
    let wire: SimulatedHarm
    /// In how many pieces the log comes.
    let pieces: Int
    /// When what is done, in ms since the beginning; in order.
    let harms: [(time: Int64, harm: Harm)]

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        var templates = ProgramTemplates(seed: seed)
        var generator = LogGenerator(seed: seed &+ 1_000_000)
        // So that the trials of other seeds stay what they were.
        let isStreamJoin = seed % 16 == 7
        isJoin = seed % 8 == 5 || isStreamJoin
        var log = SimulatedLog()
        if isStreamJoin {
            statements = templates.streamJoin()
            log = generator.log(topic: ProgramTemplates.topic, partitions: 1...3, records: 10...90)
            for topic in [ProgramTemplates.otherTopic, ProgramTemplates.thirdTopic, ProgramTemplates.tableTopic] {
                log.merge(generator.log(topic: topic, partitions: 1...3, records: 0...60))
            }
        } else if isJoin {
            statements = templates.join(isLive: true)
            log = generator.log(topic: ProgramTemplates.topic, partitions: 1...4, records: 10...120)
            log.merge(generator.log(topic: ProgramTemplates.tableTopic, partitions: 1...3, records: 0...40))
        } else {
            statements = seed % 16 == 3 ? templates.explosion() : templates.program()
            log = generator.log(topic: ProgramTemplates.topic, partitions: 1...5, records: 10...120)
        }
        self.log = log
        let drawn = 1 + random.below(3)
        // A second process is refused.
        processes = isJoin ? 1 : drawn
        isJob = random.chance(20) && !isJoin
        threads = random.chance(15) ? 2 : 1
        commitInterval = random.pick([10, 50, 200, 1000])
        flushInterval = random.pick([1, 100, 1000, 30_000])
        wire = random.chance(40) ? .none : TrialPlan.wire(&random)
        // Where records trickle in, transactions are open most of the time.
        pieces = isJob ? 1 : random.chance(50) ? 1 + random.below(6) : 20 + random.below(40)
        let length = Int64(1000 + random.below(9000))
        var harms: [(time: Int64, harm: Harm)] = []
        for _ in 1..<max(pieces, 1) { harms.append((Int64(random.below(Int(length))), .feed)) }
        for _ in 0..<random.below(7) {
            let (time, harm) = (Int64(random.below(Int(length))), TrialPlan.harm(&random))
            if isJoin, case .join = harm { continue }
            harms.append((time, harm))
        }
        self.harms = harms.sorted { $0.time < $1.time }
    }

    /// At one time or another there may be several processes.
    var mayBeSeveral: Bool {
        processes > 1 || harms.contains { if case .join = $0.harm { true } else { false } }
    }

    /// Groups are said to have committed nothing.
    var hasForgetting: Bool { harms.contains { if case .forget = $0.harm { true } else { false } } }

    private static func wire(_ random: inout SplitMix64) -> SimulatedHarm {
        var harm = SimulatedHarm()
        let most = random.pick([5, 30, 200])
        harm.lost = random.below(most)
        harm.unanswered = random.below(most)
        harm.late = random.below(most)
        harm.twice = random.below(most)
        harm.undelivered = random.below(max(most / 10, 1))
        return harm
    }

    private static func harm(_ random: inout SplitMix64) -> Harm {
        switch random.below(12) {
        case 0...3: .kill
        // Beyond the limit of a poll, of a transaction, of a session.
        case 4, 5: .standStill(Int64(random.pick([200, 5000, 15_000, 40_000]) + random.below(500)))
        case 6: .stop
        case 7: .join
        case 8, 9: .brokersAway(Int64(random.pick([300, 3000, 20_000]) + random.below(300)))
        case 10: .forget(Int64(100 + random.below(2500)))
        default: .compact
        }
    }
}
