// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport

// Behind scripts/benchmark, whose header says how to use it.
Console.main("Benchmark") {
    let words = Array(CommandLine.arguments.dropFirst())
    if words.first == "check" {
        try OutputCheck.main(Array(words.dropFirst()))
    } else {
        try BenchmarkCommand.main(words)
    }
}
