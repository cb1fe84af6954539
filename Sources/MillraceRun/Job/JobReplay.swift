// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
package import MillraceReport
import MillraceSettings

/// `millrace replay --job`: a bounded slice that several processes, and several workers of each, compute together. They
/// are members of one consumer group; what they publish is committed with their offsets, so that each partition is read
/// once, whoever dies, and whenever the job is started again.
package final class JobReplay {
    private let graph: QueryGraph
    private let options: RunOptions
    private let instances: [String]
    private let observer: any RunObserver

    /// - Parameters:
    ///   - options: `application` is the job's (`JobReplay.application`).
    ///   - instances: the names of this process's workers in the group, one each.
    package init(_ graph: QueryGraph, options: RunOptions, instances: [String], observer: any RunObserver) {
        self.graph = graph
        self.options = options
        self.instances = instances
        self.observer = observer
    }

    /// The application id of a job: its consumer group, and what its topics and transactional ids begin with.
    package static func application(_ application: String, job: String) -> String { "\(application)-\(job)" }

    /// Runs until the whole job is done, by whomever.
    /// - Throws: `RunFailure`, of the first worker that fails; the others stop then.
    package func run() throws -> RunReport {
        guard instances.count > 1 else {
            return try ContinuousRun(
                graph, options: options(instances.first ?? options.instance), observer: observer
            ).run()
        }
        let crew = JobCrew(observer)
        let workers = instances.enumerated().map { number, instance in
            JobWorker(
                ContinuousRun(
                    graph, options: options(instance), observer: crew.observer(number + 1)), crew)
        }
        // All are waited for before the first failure is told.
        let results = workers.map { $0.wait() }
        if let failure = crew.failure { throw failure }
        return try results.reduce(into: RunReport(stages: [], accounts: [])) { $0.add(try $1.get()) }
    }

    private func options(_ instance: String) -> RunOptions {
        var options = options
        options.isJob = true
        options.publishes = true
        options.guarantee = .exactlyOnce
        options.exchangesPartials = true
        options.instance = instance
        options.stateShare = instances.count
        return options
    }
}
