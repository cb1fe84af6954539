// SPDX-License-Identifier: Apache-2.0
import MillraceAdvisor
import MillraceRun
import MillraceSettings

/// What the command line asks for.
enum Command: Equatable {
    /// The founding example and a million orders, without a broker of one's own.
    case demo
    /// Check the program and the configuration without connecting.
    case validate(ConfigurationArguments)
    /// Print what a program does and needs.
    case explain(ExplainArguments)
    /// A bounded slice as batch.
    case replay(ReplayArguments)
    /// The program as an application that commits what it has done.
    case run(RunArguments)
    /// The answer to a SELECT on its own.
    case sql(SQLArguments)
    /// Makes an application forget what it has done.
    case reset(ResetArguments)
    /// How a running process stands.
    case status(StatusArguments)
    /// Whether a cluster is as the program needs it.
    case doctor(DoctorArguments)
    /// Every value of the configuration and where it was said.
    case configShow(ReportArguments)
    /// Which topics there are.
    case topics(ReportArguments)
    /// A broker inside the process, until it is stopped.
    case mock(MockArguments)
    /// What a topic's records look like.
    case peek(PeekArguments)
    /// Write a first program over a topic.
    case start(PeekArguments)
    /// Print a completion script.
    case completion(ShellCompletion)
    /// Print a manual page.
    case manual(ManualPage)
    case version
    /// Print this text.
    case help(String)
}

/// What the command line says of the configuration.
struct ConfigurationArguments: Equatable {
    /// The YAML file that `-c` names.
    var file: String?
    /// The options that go to a key, and the program.
    var options: [ConfigurationOption] = []
}

/// How to do the work, in whichever mode.
struct WorkArguments: Equatable {
    var batchRows: Int?
    var marginMilliseconds: Int64?
    /// Path of the JSON report.
    var report: String?
    var isQuiet = false
}

struct ExplainArguments: Equatable {
    var configuration = ConfigurationArguments()
    var marginMilliseconds: Int64?
    var format = Explanation.Format.text
}

struct ReplayArguments: Equatable {
    var configuration = ConfigurationArguments()
    var work = WorkArguments()
    var publishes = false
    var publishesAgain = false
    var format = ResultFormat.text
    var emitsInterim = false
    /// Nil: one process alone.
    var job: JobArguments?
}

/// How a replay is spread.
struct JobArguments: Equatable {
    /// Nil: a name is made up.
    var name: String?
    var workers: Int
}

struct RunArguments: Equatable {
    var configuration = ConfigurationArguments()
    var work = WorkArguments()
    var newQueries: NewQueries?
    var isUpgrade = false
    var publishesAgain = false
}

struct SQLArguments: Equatable {
    var configuration = ConfigurationArguments()
    /// Statements, and a SELECT behind them; `-`: they come from standard input; nil: the program has them.
    var text: String?
    var marginMilliseconds: Int64?
    /// Nil: a table on a terminal, JSON elsewhere.
    var format: AnswerFormat?
    var isQuiet = false
}

struct ResetArguments: Equatable {
    var configuration = ConfigurationArguments()
    /// Whether it is done, not only said.
    var isExecuted = false
}

struct StatusArguments: Equatable {
    var configuration = ConfigurationArguments()
    var format = ResultFormat.text
    var isRepeated = false
}

/// Of a command that reports on the configuration, as text or JSON.
struct ReportArguments: Equatable {
    var configuration = ConfigurationArguments()
    var format = ResultFormat.text
}

struct DoctorArguments: Equatable {
    var configuration = ConfigurationArguments()
    var marginMilliseconds: Int64?
    var format = ResultFormat.text
}

struct MockArguments: Equatable {
    /// A topic that is there from the start.
    struct Topic: Equatable {
        var name: String
        var partitions: Int
    }

    var brokers = 1
    var topics: [Topic] = []
}

struct PeekArguments: Equatable {
    var configuration = ConfigurationArguments()
    var topic: String
    /// How many records to show.
    var count = 3
}
