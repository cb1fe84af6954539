// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

let usage = """
    usage: micro [--list] [NAME …] [--rows N] [--repeat N]

    Measures the engine's kernels without Kafka. NAME is a benchmark or the beginning of some (`decode`); none: all.
      --list      prints the names and what they measure
      --rows N    rows of one repetition, in batches of 1024 (default 1048576)
      --repeat N  repetitions, of which the fastest counts (default 5)
    """

let benchmarks =
    DecodeBenchmarks.all + ExpressionBenchmarks.all + StateBenchmarks.all + EncodeBenchmarks.all
    + PipelineBenchmarks.all + FunctionBenchmarks.all

func fail(_ message: String) -> Never {
    var text = "micro: \(message)\n"
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(64)
}

func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return left ? text + space : space + text
}

/// With one decimal place below 1000.
func figure(_ value: Double) -> String {
    guard value < 1000 else { return "\(Int(value.rounded()))" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
}

var names: [String] = []
var rows = 1 << 20
var repetitions = 5
var isList = false
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--list": isList = true
    case "--help", "-h":
        print(usage)
        exit(0)
    case "--rows", "--repeat":
        guard let value = arguments.popFirst().flatMap({ Int($0) }), value > 0 else {
            fail("\(argument) needs a number above 0")
        }
        if argument == "--rows" { rows = value } else { repetitions = value }
    case _ where argument.hasPrefix("-"): fail("unknown option \(argument)\n\(usage)")
    default: names.append(argument)
    }
}

for name in names where !benchmarks.contains(where: { $0.name.hasPrefix(name) }) { fail("no benchmark \(name)") }
/// A full name means that benchmark alone, also where others begin with it.
let chosen = benchmarks.filter { benchmark in
    names.isEmpty
        || names.contains { name in
            benchmark.name == name
                || (benchmark.name.hasPrefix(name) && !benchmarks.contains { $0.name == name })
        }
}
if isList {
    for benchmark in chosen { print("\(padded(benchmark.name, 26, left: true))\(benchmark.what)") }
    exit(0)
}
print(padded("", 26), padded("ns/row", 9), padded("rows/s", 12), padded("MB/s", 8), padded("bytes/row", 10))
for benchmark in chosen {
    do {
        let result = Measurement.run(try benchmark.make(), rows: rows, repetitions: repetitions)
        let perSecond = 1e9 / result.nanosecondsPerRow
        print(
            padded(benchmark.name, 26, left: true), padded(figure(result.nanosecondsPerRow), 9),
            padded(figure(perSecond), 12), padded(figure(perSecond * result.bytesPerRow / 1e6), 8),
            padded(figure(result.bytesPerRow), 10))
    } catch {
        fail("\(benchmark.name): \(error)")
    }
}
