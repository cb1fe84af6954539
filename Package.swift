// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// Checks that every target of ours is compiled with (Swift 6 mode comes with the tools version).
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A release of the binary carries Swift's runtime, so that it runs where no Swift is; it needs the C libraries only.
let selfContained = LinkerSetting.unsafeFlags(
    ["-static-stdlib"], .when(platforms: [.linux], configuration: .release))

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, exclude: [], swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "millrace",
    products: [
        .executable(name: "millrace", targets: ["MillraceCLI"]),
        .executable(name: "millrace-fault-proxy", targets: ["MillraceFaultProxy"]),
        .executable(name: "millrace-simulate", targets: ["MillraceSimulator"]),
        .library(name: "Millrace", targets: ["Millrace"]),
    ],
    targets: [
        .systemLibrary(
            name: "CSystemKafka", path: "CSystemKafka", pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]),
        .systemLibrary(
            name: "CSystemYAML", path: "CSystemYAML", pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .systemLibrary(
            name: "CSystemHTTP", path: "CSystemHTTP", pkgConfig: "libmicrohttpd",
            providers: [.apt(["libmicrohttpd-dev"]), .brew(["libmicrohttpd"])]),
        .systemLibrary(
            name: "CSystemTLS", path: "CSystemTLS", pkgConfig: "gnutls",
            providers: [.apt(["libgnutls28-dev"]), .brew(["gnutls"])]),
        .systemLibrary(
            name: "CSystemCurl", path: "CSystemCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        .systemLibrary(
            name: "CSystemRegex", path: "CSystemRegex", pkgConfig: "libpcre2-8",
            providers: [.apt(["libpcre2-dev"]), .brew(["pcre2"])]),
        .systemLibrary(
            name: "CSystemAllocator", path: "CSystemAllocator",
            providers: [.apt(["libmimalloc-dev"]), .brew(["mimalloc"])]),

        .systemLibrary(name: "CSystemMemory", path: "CSystemMemory"),
        .systemLibrary(name: "CSystemVector", path: "CSystemVector"),

        library("MillraceCore", []),
        library("MillraceReport", ["MillraceCore"]),
        library("MillracePlan", ["MillraceCore", "CSystemRegex"]),
        library("MillraceSQL", ["MillraceCore", "MillracePlan"]),
        library(
            "MillraceEngine",
            ["MillraceCore", "MillraceReport", "MillracePlan", "CSystemMemory", "CSystemVector"]),
        library("MillraceLog", ["MillraceCore"]),
        library("MillraceKafka", ["MillraceCore", "MillraceLog", "CSystemKafka"]),
        library("MillraceRegistry", ["MillraceCore", "MillraceReport", "MillracePlan", "CSystemCurl"]),
        library(
            "MillraceSettings",
            [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceLog", "MillraceKafka", "MillraceRegistry",
                "CSystemYAML",
            ]),
        library(
            "MillraceRun",
            [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceEngine", "MillraceLog", "MillraceSettings",
            ]),
        library("MillraceStatus", ["MillraceCore", "MillraceReport", "MillraceSettings", "CSystemHTTP", "CSystemTLS"]),
        library(
            "MillraceAdvisor",
            [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceLog",
                "MillraceSettings", "MillraceRun",
            ]),
        library("Millrace", ["MillraceCore", "MillracePlan", "MillraceSQL", "MillraceEngine"]),
        library(
            "MillraceTestKit",
            ["MillraceCore", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceLog"]),
        .executableTarget(
            name: "MillraceCLI",
            dependencies: [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceLog",
                "MillraceKafka", "MillraceRegistry",
                "MillraceSettings", "MillraceRun", "MillraceStatus", "MillraceAdvisor", "CSystemAllocator",
            ],
            swiftSettings: strict, linkerSettings: [selfContained]),
        .executableTarget(
            name: "MillraceFaultProxy", dependencies: ["MillraceTestKit"], swiftSettings: strict),
        .executableTarget(
            name: "MillraceSimulator",
            dependencies: [
                "MillraceCore", "MillraceReport", "MillraceSQL", "MillraceEngine", "MillraceLog", "MillraceSettings",
                "MillraceRun", "MillraceTestKit",
            ],
            swiftSettings: strict),

        tests("MillraceCoreTests", ["MillraceCore"]),
        tests("MillracePlanTests", ["MillraceCore", "MillracePlan", "MillraceTestKit"]),
        tests("MillraceSQLTests", ["MillraceCore", "MillracePlan", "MillraceSQL"]),
        tests(
            "MillraceEngineTests",
            ["MillraceCore", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceTestKit"]),
        tests(
            "MillraceRegistryTests",
            ["MillraceCore", "MillraceReport", "MillracePlan", "MillraceRegistry", "MillraceTestKit"]),
        tests("MillraceKafkaTests", ["MillraceCore", "MillraceLog", "MillraceKafka"]),
        tests(
            "MillraceReportTests",
            ["MillraceCore", "MillraceReport", "MillraceLog", "MillraceKafka", "MillraceSettings"]),
        tests(
            "MillraceSettingsTests",
            [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceLog",
                "MillraceKafka", "MillraceRegistry",
                "MillraceSettings", "MillraceRun", "MillraceAdvisor",
            ]),
        tests(
            "MillraceRunTests",
            [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceLog",
                "MillraceKafka",
                "MillraceSettings", "MillraceRun", "MillraceTestKit",
            ]),
        tests(
            "MillraceStatusTests",
            [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceLog",
                "MillraceKafka",
                "MillraceSettings", "MillraceRun", "MillraceStatus",
            ]),
        tests(
            "MillraceAdvisorTests",
            [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceLog",
                "MillraceKafka",
                "MillraceSettings", "MillraceRun", "MillraceStatus", "MillraceAdvisor", "MillraceTestKit",
            ]),
        tests(
            "MillraceCLITests",
            [
                "MillraceCLI", "MillraceCore", "MillraceReport", "MillraceSQL", "MillraceSettings", "MillraceRun",
                "MillraceStatus", "MillraceAdvisor", "MillraceTestKit",
            ]),
        tests("MillraceTestKitTests", ["MillraceCore", "MillraceLog", "MillraceTestKit"]),
        tests(
            "GoldenTests",
            ["MillraceCore", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceTestKit"]),
        tests(
            "IntegrationTests",
            [
                "MillraceCore", "MillraceReport", "MillraceLog", "MillraceKafka", "MillraceSettings", "MillraceRun",
                "MillraceStatus",
                "MillraceTestKit",
            ]),
        tests("MillraceTests", ["Millrace", "MillracePlan", "MillraceTestKit"]),
        // The fuzzer's targets (Fuzzing/), over its seeds and what it has found.
        tests(
            "FuzzingTests",
            [
                "MillraceCore", "MillraceReport", "MillracePlan", "MillraceSQL", "MillraceEngine", "MillraceLog",
                "MillraceKafka", "MillraceSettings", "MillraceRun", "MillraceStatus",
            ]),
        tests("TidyTests", []),
    ]
)
