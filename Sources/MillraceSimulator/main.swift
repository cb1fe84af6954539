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
let campaign = Campaign(seed: UInt64(values["--seed"] ?? 1), seeds: values["--seeds"] ?? 1)
exit(campaign.run(jobs: values["--jobs"] ?? 1) == 0 ? 0 : 1)
