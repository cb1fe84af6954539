// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension ErrorCode.Explanation {
    /// Of the state.
    static let state: [ErrorCode: Self] = [
        .changelogNotCompacted: Self(
            "A changelog that is not compacted",
            "The state's topic would lose what was not changed for longer than its retention.ms, and a "
                + "restart would be refused.",
            step: "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name TOPIC "
                + "--add-config "
                + "cleanup.policy=compact"),
        .changelogPartitionCount: Self(
            "A changelog with another number of partitions",
            "Each partition of the input keeps its state in the changelog's partition of the same number, "
                + "so that both need the same number of them.",
            step: "begin anew under another --application, or delete the changelog and the group's offsets"),
        .stateOutlivesInput: Self(
            "Windows that stay open longer than the input is kept",
            "Without a changelog a restart reads again what feeds the open windows; the input's "
                + "retention.ms removes that before the windows close.",
            step: "raise the input's retention.ms above the window and its grace, or set state.flush.interval"),
        .committedOffsetLost: Self(
            "The records behind the last commit are gone",
            "The group has committed an offset that the log no longer holds: retention has removed records "
                + "that were never processed, or the topic was made again.",
            step: "begin anew under another --application, or reset the group's offsets"),
        .stateInputLost: Self(
            "The records that the state is made of are gone",
            "A restart reads again what feeds the open windows, and retention has removed some of it.",
            step: "begin anew under another --application, or set input.lost to skip; a longer retention.ms "
                + "helps the next time"),
        .inputShortened: Self(
            "The log ends before the committed offset",
            "The input was truncated, or deleted and made again: what it holds now may have been "
                + "processed or not.",
            step: "begin anew under another --application, or set input.lost to skip"),
        .inputReplaced: Self(
            "The log is not the one that was processed",
            "The input topic was deleted and made again under the same name: its offsets mean other "
                + "records now.",
            step: "begin anew under another --application, or set input.lost to skip"),
        .unusableState: Self(
            "A changelog that cannot be used",
            "The state in it is not that of the query and of the committed offsets: the query has "
                + "changed, or the topic was emptied, cut, or written by others.",
            step: "run the query as it was when the state was made; or begin anew under another --application"),
        .foreignCommit: Self(
            "Offsets that this program has not committed",
            "The consumer group belongs to another program, or its offsets were set by hand.",
            step: "choose another name with --application, or delete the group's offsets"),
        .newerCommit: Self(
            "Offsets that a newer Millrace has committed",
            "What a commit says besides the offset grows with the versions. This one does not understand all of it, "
                + "and would lose or repeat results if it guessed. Nothing was changed.",
            step: "start a Millrace that is at least as new as the one that has committed; do not delete the offsets: "
                + "results would be published once more"),
        .stateTooLarge: Self(
            "The state is larger than state.memory.max",
            "Open windows and groups take more memory than the process may have.",
            step: "raise state.memory.max, give the machine or container more memory; or let the query hold "
                + "less: fewer or shorter keys, shorter windows, a shorter GRACE PERIOD"),
        .programChanged: Self(
            "The program has changed since its application has committed",
            "Commits name what each query computes. One that was added or changed would begin in the middle of the "
                + "log, with a part of its answer, so the start asks what it shall do. Nothing was read or written.",
            step: "run again with --new-queries backfill (history first), with --new-queries live (from here on), or "
                + "under another --application"),
        .otherProgram: Self(
            "Another program runs under this application's name",
            "Processes of one application share its partitions: two programs would each publish a part of their "
                + "results.",
            step: "stop the other one, give this one another --application, or replace the processes one by one with "
                + "--upgrade"),
        .resultsExist: Self(
            "The output topics hold records, and the application has committed nothing",
            "Everything would be published once more beside what is there: the group's offsets were deleted or have "
                + "expired, or others write to the topic.",
            step: "clean up with millrace reset, write to other topics, or say --publish-again"),
        .exchangeSwitched: Self(
            "An application that has run the other way",
            "The state of an application that runs with --exchange is in other topics than that of one "
                + "without.",
            step: "go on as before, or begin anew under another --application"),
        .exchangeOfAnother: Self(
            "An exchange of another version of the query",
            "The exchange topic holds partial results of a query that was different, or of an input with "
                + "another number of partitions.",
            step: "run the query as it was, or begin anew under another --application"),
        .exchangeWidened: Self(
            "A partition was added, which does not go with --exchange",
            "What an added partition has for windows that are final would come too late, and nobody knows "
                + "which these are.",
            step: "begin anew under another --application"),
        .unusableExchange: Self(
            "An exchange topic that cannot be used",
            "A record of it is not one that a process of this application has written, or some are "
                + "missing.",
            step: "begin anew under another --application, or with all offsets of the consumer group deleted"),
        .jobOfAnother: Self(
            "A job that was begun with something else",
            "A job is one program over one slice: whoever starts first with --job decides both, and what was "
                + "published since is of them.",
            step: "start it as it was, or take another name with --job"),
        .jobWidened: Self(
            "A partition was added after a job was begun",
            "The slice was decided without it, and parts of the answer may have been published already.",
            step: "begin anew under another name (--job)"),
    ]
}
