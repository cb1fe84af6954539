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

let package = Package(
    name: "millrace-benchmarks",
    targets: [
        // The product's own folder (a symbolic link).
        .systemLibrary(name: "CSystemMemory", path: "CSystemMemory"),
        product("MillraceCore", []),
        product("MillracePlan", ["MillraceCore"]),
        product("MillraceSQL", ["MillraceCore", "MillracePlan"]),
        // Sources/Engine/Product is the module's folder; Sources/Engine/Probe opens its internals to Micro.
        .target(
            name: "MillraceEngine", dependencies: ["MillraceCore", "MillracePlan", "CSystemMemory"],
            path: "Sources/Engine", swiftSettings: strict),

        .executableTarget(
            name: "Micro", dependencies: ["MillraceCore", "MillracePlan", "MillraceSQL", "MillraceEngine"],
            swiftSettings: strict),
    ]
)
