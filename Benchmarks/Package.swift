// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// The flags of the product's own targets (../Package.swift).
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A module of the product, compiled here from its own folder (a symbolic link): what the benchmarks call is `package`.
func product(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tool(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "millrace-benchmarks",
    products: [
        // Preloaded into the process that is measured, so a library of its own.
        .library(name: "AllocationCounter", type: .dynamic, targets: ["AllocationCounter"])
    ],
    targets: [
        // The product's own folders (symbolic links).
        .systemLibrary(name: "CSystemMemory", path: "CSystemMemory"),
        .systemLibrary(name: "CSystemVector", path: "CSystemVector"),
        .systemLibrary(
            name: "CSystemKafka", path: "CSystemKafka", pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]),
        .systemLibrary(
            name: "CSystemRegex", path: "CSystemRegex", pkgConfig: "libpcre2-8",
            providers: [.apt(["libpcre2-dev"]), .brew(["pcre2"])]),

        product("MillraceCore", []),
        product("MillraceReport", ["MillraceCore"]),
        product("MillracePlan", ["MillraceCore", "CSystemRegex"]),
        product("MillraceSQL", ["MillraceCore", "MillracePlan"]),
        // Sources/Engine/Product is the module's folder; Sources/Engine/Probe opens its internals to Micro.
        .target(
            name: "MillraceEngine",
            dependencies: ["MillraceCore", "MillraceReport", "MillracePlan", "CSystemMemory", "CSystemVector"],
            path: "Sources/Engine", swiftSettings: strict),
        tool("Micro", ["MillraceCore", "MillracePlan", "MillraceSQL", "MillraceEngine"]),

        .target(name: "AllocationCounter"),
        .target(name: "BenchmarkSupport", dependencies: ["CSystemKafka"], swiftSettings: strict),
        tool("LoadGenerator", ["BenchmarkSupport", "CSystemKafka"]),
        tool("RawReader", ["BenchmarkSupport"]),
        tool("Latency", ["BenchmarkSupport", "CSystemKafka"]),
        tool("Benchmark", ["BenchmarkSupport"]),
    ]
)
