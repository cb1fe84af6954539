// SPDX-License-Identifier: Apache-2.0
import MillraceRuntime

/// What the command line asks for.
enum Command: Equatable {
    /// The founding example and a million orders, without a broker of one's own.
    case demo
    /// Check the program and the configuration without connecting.
    case validate(ProgramArguments)
    /// Print the plan and, with a broker, where each partition starts.
    case explain(ExplainArguments)
    /// A bounded slice as batch.
    case replay(ReplayArguments)
    /// The program as an application that commits what it has done.
    case run(RunArguments)
    /// How a running process stands.
    case status(StatusArguments)
    case version
    /// Print this text.
    case help(String)
}

/// Which program, and with which settings.
struct ProgramArguments: Equatable {
    /// Path of the SQL file; nil: the configuration names it.
    var program: String?
    var config: String?
    var application: String?
}

struct ConnectionArguments: Equatable {
    struct Property: Equatable {
        var name: String
        var value: String
    }

    var bootstrap: String?
    /// In the order given; of equal names the last wins.
    var properties: [Property] = []
}

struct SliceArguments: Equatable {
    var from: SlicePosition?
    var to: SlicePosition?
    var marginMilliseconds: Int64?
}

/// How to do the work, in whichever mode.
struct WorkArguments: Equatable {
    var batchRows: Int?
    var threads: Int?
    var commitIntervalMilliseconds: Int64?
    var deadLetterTopic: String?
    /// Path of the JSON report.
    var report: String?
    var isQuiet = false
}

struct ExplainArguments: Equatable {
    var program = ProgramArguments()
    var connection = ConnectionArguments()
    var slice = SliceArguments()
}

struct ReplayArguments: Equatable {
    var program = ProgramArguments()
    var connection = ConnectionArguments()
    var slice = SliceArguments()
    var work = WorkArguments()
    var publishes = false
    var format = ResultFormat.text
    var emitsInterim = false
}

struct RunArguments: Equatable {
    var program = ProgramArguments()
    var connection = ConnectionArguments()
    var slice = SliceArguments()
    var work = WorkArguments()
    var http = HTTPArguments()
    /// 0: off.
    var stateFlushIntervalMilliseconds: Int64?
}

/// Where and to whom a run serves its status.
struct HTTPArguments: Equatable {
    var place: HTTPSettings.Place?
    var tokenFile: String?
    var adminTokenFile: String?
}

struct StatusArguments: Equatable {
    var config: String?
    var http = HTTPArguments()
    var format = ResultFormat.text
    var isRepeated = false
}
