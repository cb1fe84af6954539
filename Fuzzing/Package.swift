// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// The flags of the product's own targets (../Package.swift), and what is internal in them opened to the targets.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-enable-testing"]),
]

/// A module of the product, compiled here from its own folder (behind a symbolic link): with sanitizer and coverage.
func product(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Product/\(name)", swiftSettings: strict)
}

func system(_ name: String, _ pkgConfig: String? = nil) -> Target {
    .systemLibrary(name: name, path: name, pkgConfig: pkgConfig)
}

let package = Package(
    name: "millrace-fuzzing",
    targets: [
        // The product's own folders (symbolic links).
        system("CSystemMemory"),
        system("CSystemVector"),
        system("CSystemKafka", "rdkafka"),
        system("CSystemYAML", "yaml-0.1"),
        system("CSystemHTTP", "libmicrohttpd"),
        system("CSystemTLS", "gnutls"),
        system("CSystemCurl", "libcurl"),
        system("CSystemRegex", "libpcre2-8"),

        product("MillraceCore", []),
        product("MillraceReport", ["MillraceCore"]),
        product("MillracePlan", ["MillraceCore", "CSystemRegex"]),
        product("MillraceSQL", ["MillraceCore", "MillracePlan"]),
        product(
            "MillraceEngine", ["MillraceCore", "MillraceReport", "MillracePlan", "CSystemMemory", "CSystemVector"]),
        product("MillraceLog", ["MillraceCore"]),
        product("MillraceKafka", ["MillraceCore", "MillraceLog", "CSystemKafka"]),
        product("MillraceRegistry", ["MillraceCore", "MillraceReport", "MillracePlan", "CSystemCurl"]),
        product(
            "MillraceSettings",
            [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceLog", "MillraceKafka", "MillraceRegistry",
                "CSystemYAML",
            ]),
        product(
            "MillraceRun",
            [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceEngine", "MillraceLog", "MillraceSettings",
            ]),
        product("MillraceStatus", ["MillraceCore", "MillraceReport", "MillraceSettings", "CSystemHTTP", "CSystemTLS"]),

        // Also compiled into ../Tests/FuzzingTests, which runs every seed and every input that was ever found.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceLog",
                "MillraceKafka", "MillraceSettings", "MillraceRun", "MillraceStatus",
            ],
            swiftSettings: strict),
        .target(name: "CFuzzer"),
        .executableTarget(name: "Fuzz", dependencies: ["FuzzTargets", "CFuzzer"], swiftSettings: strict),
    ]
)
