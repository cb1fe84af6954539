#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants one fault after the other into a copy of the sources, and looks whether simulations find it.

    Tests/Oracle/planted_faults.py [--seeds N] [--only NAME,…] [--directory DIR]

Each fault is one line, as somebody may write it some day. A fault that is not found within the seeds is a hole in the simulator.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUN = "Sources/MillraceRun"
# Name, file, what is there, what is planted.
FAULTS = [
    ("no new epoch after a request without an answer", f"{RUN}/Commit/TransactionCommitter.swift",
     "if producer.hadUncertainRequest { try patience.rotate(producer) }", "_ = producer.hadUncertainRequest"),
    ("a commit without the generation", f"{RUN}/Commit/TransactionCommitter.swift",
     "try producer.sendOffsets(offsets, group: group, timeoutMilliseconds: timeout)",
     "_ = group; try producer.sendOffsets(offsets, ofGroupWithoutMembers: \"app\", timeoutMilliseconds: timeout)"),
    ("an offset one too far", f"{RUN}/Driver/Assignment.swift",
     "partition: source.topicPartition, offset: source.nextOffset, metadata: metadata.text)",
     "partition: source.topicPartition, offset: source.nextOffset + 1, metadata: metadata.text)"),
    ("a restore one record short", f"{RUN}/Driver/Placement.swift",
     "offset: start.metadata?.restoreOffset ?? start.next, watermarks: watermarks), flush: flush)",
     "offset: (start.metadata?.restoreOffset).map { $0 + 1 } ?? start.next, watermarks: watermarks), flush: flush)"),
    ("a transaction that is not aborted", f"{RUN}/Driver/RunDriver.swift",
     "        discard()\n        try context.committer.abort()\n", "        discard()\n"),
    ("partial results that are not handed over", f"{RUN}/Driver/CommitCycle.swift",
     "try context.exchange.handOver(pipeline)", "_ = context.exchange"),
    ("a part of a job that ends without its results", f"{RUN}/Driver/CommitCycle.swift",
     "if !ending.isEmpty { pipeline.end(ending) }", ""),
    ("changes of a batch stage that are taken for emitted", f"{RUN}/Driver/StageProgress.swift",
     "pendingSources: Set(starts.indices.filter { starts[$0].metadata?.changesArePending == true }),",
     "pendingSources: [],"),
    ("commits that are still believed when the partition was away", f"{RUN}/Commit/KnownCommits.swift",
     "for partition in partitions { offsets[partition] = nil }", "_ = partitions"),
    ("partitions that are given up with a transaction open", f"{RUN}/Machine/RunMachine+Group.swift",
     "return suspend(isLost: false) + [.reach(.revoked), .giveUp(partitions), .answered]",
     "return [.reach(.revoked), .giveUp(partitions), .answered]"),
    ("results that are sent again behind an abort", f"{RUN}/Driver/RunDriver.swift",
     "        assignment?.sender.discard()\n    }", "    }"),
    ("a flush that says a record more than it has", "Sources/MillraceEngine/Pipeline/Pipeline+Flush.swift",
     "checkpoint: SourcePartition.Checkpoint(offset: source.nextOffset, watermarks: source.watermarks),",
     "checkpoint: SourcePartition.Checkpoint(offset: source.nextOffset + 1, watermarks: source.watermarks),"),
    ("a drain that does not wait for the others", f"{RUN}/Machine/RunMachine+Work.swift",
     "        if !drain.isCommitted { return [.commit(.drained), .lookAtDrain(ofExchanges: drain.isOfExchanges)] }\n",
     "        if !drain.isCommitted { return finish() }\n"),
    ("a producer that goes on when records were given up", f"{RUN}/Commit/TransactionCommitter.swift",
     "try patience.repeatedly { timeout throws(KafkaError) in try producer.flush(timeoutMilliseconds: timeout) }",
     "try? producer.flush(timeoutMilliseconds: 1000)"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--only", help="numbers of faults, as in 1,5")
    parser.add_argument("--directory", help="a copy of the repository to work in (default: a new one)")
    arguments = parser.parse_args()
    directory = arguments.directory
    if not directory:
        directory = os.path.join(tempfile.mkdtemp(prefix="millrace-planted-"), "copy")
        shutil.copytree(ROOT, directory, ignore=shutil.ignore_patterns(".build"))
    chosen = [int(n) for n in arguments.only.split(",")] if arguments.only else range(1, len(FAULTS) + 1)
    found = 0
    for number in chosen:
        name, file, before, after = FAULTS[number - 1]
        path = os.path.join(directory, file)
        original = open(path, encoding="utf-8").read()
        if original.count(before) != 1:
            sys.exit(f"{file} has {original.count(before)} times: {before}")
        try:
            with open(path, "w", encoding="utf-8") as copy:
                copy.write(original.replace(before, after))
            verdict = simulate(directory, arguments.seeds)
        finally:
            with open(path, "w", encoding="utf-8") as copy:
                copy.write(original)
        found += verdict.startswith("found")
        print(f"{number:2} {name:62} {verdict}", flush=True)
    print(f"{found} of {len(chosen)} found")
    return 0 if found == len(chosen) else 1


def simulate(directory, seeds):
    build = subprocess.run(["swift", "build", "--product", "millrace-simulate"], cwd=directory, capture_output=True, text=True)
    if build.returncode != 0:
        errors = [line for line in build.stdout.splitlines() if "error:" in line]
        return f"does not build: {errors[0] if errors else build.stderr[-200:]}"
    began = time.monotonic()
    for first in range(1, seeds + 1, 100):
        run = subprocess.run([os.path.join(directory, ".build/debug/millrace-simulate"), "--seeds", "100", "--seed", str(first)],
                             capture_output=True, text=True, env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"})
        if run.returncode != 0:
            lines = [line for line in run.stdout.splitlines() if line.startswith("seed ")]
            # A trap ends the process without a line.
            what = lines[0][:90] if lines else f"trap within seeds {first} to {first + 99}"
            return f"found, {time.monotonic() - began:.0f} s: {what}"
    return f"NOT FOUND in {seeds} seeds, {time.monotonic() - began:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
