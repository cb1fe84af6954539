// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

// millrace-simulate [--seeds N] [--seed S] [--jobs J]: see scripts/simulate.
var values: [String: Int] = ["--seeds": 200, "--seed": 1, "--jobs": 2]
var arguments = CommandLine.arguments.dropFirst()
while let name = arguments.popFirst() {
    guard values[name] != nil, let value = arguments.popFirst().flatMap({ Int($0) }), value > 0 else {
        say("usage: millrace-simulate [--seeds N] [--seed S] [--jobs J]")
        exit(64)
    }
    values[name] = value
}
let first = UInt64(values["--seed"] ?? 1)
let range = first..<first + UInt64(values["--seeds"] ?? 1)
// A campaign from the beginning goes through those first that showed a fault once.
let known = first == 1 ? KnownSeeds.all.filter { !range.contains($0) } : []
let campaign = Campaign(seeds: known + range)
exit(campaign.run(jobs: values["--jobs"] ?? 1) == 0 ? 0 : 1)
