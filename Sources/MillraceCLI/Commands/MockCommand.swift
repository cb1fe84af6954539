// SPDX-License-Identifier: Apache-2.0
import MillraceKafka

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `millrace mock`: librdkafka's broker inside the process, for other programs to connect to.
struct MockCommand {
    static let limits = """
        The first line on standard output is BROKERS=HOST:PORT, for scripts:

          millrace mock --topics orders > mock.env &
          . ./mock.env && echo 'anna={"n":1}' | kcat -b $BROKERS -P -t orders -K =

        It is librdkafka's mock, to try things on, and no Kafka:

          it forgets everything at its end, and what exceeds some 5 MB a partition: the oldest records go, unnoticed
          no log-in, no encryption, no ACLs; only this machine reaches it
          clients cannot make, delete or describe topics, clear them, or list groups; a topic that somebody asks for
          is made
          times cannot be looked up: --from -1h finds nothing; earliest, latest and offsets: do
          aborted records are seen, and offsets in transactions are not kept: a run begins anew each time

        What works: kcat, topics, topics peek, init, explain, replay (also --publish), doctor (which says what it cannot
        see), and run, for programs that group by something else than the record key with --exchange only. Joining the
        group takes some 4 s.
        """

    private let console: Console

    init(_ console: Console) { self.console = console }

    /// Returns when it is asked to stop.
    func run(_ arguments: MockArguments) throws {
        console.handleSignals()
        let cluster = try MockCluster(brokers: Int32(arguments.brokers))
        for topic in arguments.topics { try cluster.createTopic(topic.name, partitions: Int32(topic.partitions)) }
        // kcat's own words: scripts read this line.
        try console.write("BROKERS=\(cluster.bootstrap)\n")
        console.say("a broker inside this process, which forgets everything with it; Ctrl-C ends it")
        while !console.isStopRequested { usleep(100_000) }
    }
}
