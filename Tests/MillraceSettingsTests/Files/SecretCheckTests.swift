// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import Testing

@testable import MillraceReport
@testable import MillraceSettings

struct SecretCheckTests {
    private let user: UInt32 = 1000

    private func configuration(
        _ text: String, environment: [String: String] = [:], options: [ConfigurationOption] = []
    ) throws -> Configuration {
        let variables = environment
        var configuration = try Configuration.parse(
            text, directory: "/etc/x", name: "/etc/x/millrace.yaml",
            interpolation: Interpolation(
                environment: { variables[$0] }, file: { _ throws(FileError) in "a secret of a file" }))
        for option in options { try configuration.read(option.key, option.value, .option(option.option)) }
        return configuration
    }

    private func check(_ configuration: Configuration, _ files: [String: FileAccess]) -> SecretCheck {
        SecretCheck(configuration, user: user) { files[$0] }
    }

    @Test func aFileOfThisUserThatOthersReadIsRefused() throws {
        let configuration = try configuration("http.token.file: token")
        let failure = #expect(throws: RunFailure.self) {
            try check(configuration, ["/etc/x/token": FileAccess(owner: 1000, mode: 0o644)]).notes()
        }
        #expect(failure?.errorCode == .exposedSecret)
        #expect(failure?.message.contains("http.token.file") == true && failure?.message.contains("0644") == true)
        #expect(failure?.hint == "chmod 600 /etc/x/token")
        for mode: UInt16 in [0o600, 0o400, 0o640, 0o440] {
            #expect(try check(configuration, ["/etc/x/token": FileAccess(owner: 1000, mode: mode)]).notes().isEmpty)
        }
    }

    /// Kubernetes' secrets are of root and 0644, whoever runs the container; nobody in it can change that.
    @Test func mountedSecretsAreWarnedOf() throws {
        let configuration = try configuration("http.admin.token.file: /run/secrets/admin")
        let mounted = [
            FileAccess(owner: 0, mode: 0o644), FileAccess(owner: 1000, mode: 0o444, isMountedReadOnly: true),
        ]
        for access in mounted {
            let notes = try check(configuration, ["/run/secrets/admin": access]).notes()
            #expect(notes.map(\.code) == [.exposedSecret])
            #expect(notes.first?.message.contains("/run/secrets/admin") == true)
            // Not what this user cannot do.
            #expect(notes.first?.message.contains("chmod 600") == false)
            let step =
                access.isMountedReadOnly ? "mounted read-only: whoever mounts it" : "chmod o-r /run/secrets/admin"
            #expect(notes.first?.message.contains(step) == true, "\(notes)")
        }
        // A pipe is between two processes.
        let pipe = FileAccess(owner: 1000, mode: 0o644, isRegular: false)
        #expect(try check(configuration, ["/run/secrets/admin": pipe]).notes().isEmpty)
    }

    @Test(arguments: [
        ("kafka:\n  sasl.password: ${file:/s}", "sasl.password"),
        ("kafka:\n  ssl.key.location: /s", "ssl.key.location"),
        ("kafka:\n  ssl.keystore.location: /s", "ssl.keystore.location"), ("http.key.file: /s", "http.key.file"),
    ])
    func everyFileOfASecretIsLookedAt(text: String, name: String) throws {
        let configuration = try configuration(text)
        let failure = #expect(throws: RunFailure.self) {
            try check(configuration, ["/s": FileAccess(owner: 1000, mode: 0o604)]).notes()
        }
        #expect(failure?.message.hasPrefix(name) == true)
    }

    @Test func secretsInTheConfigurationAreWarnedOfOnce() throws {
        let text = "kafka:\n  sasl.username: anna\n  sasl.password: CANARY\n  ssl.key.password: CANARY"
        let closed = ["/etc/x/millrace.yaml": FileAccess(owner: 1000, mode: 0o600)]
        let notes = try check(configuration(text), closed).notes()
        #expect(notes.count == 1)
        let note = try #require(notes.first?.message)
        #expect(
            note.hasPrefix("sasl.password, ssl.key.password: a secret stands in /etc/x/millrace.yaml; write ${file:"))
        #expect(!note.contains("CANARY"))
        let open = try check(
            configuration(text), ["/etc/x/millrace.yaml": FileAccess(owner: 1000, mode: 0o644)]
        ).notes()
        #expect(open.first?.message.contains("every user of this machine can read (mode 0644)") == true)
        // References are the cure.
        let cured = try configuration(
            "kafka:\n  sasl.password: ${env:P}\n  ssl.key.password: ${file:/s}", environment: ["P": "CANARY"])
        #expect(try check(cured, closed).notes().isEmpty)
        // One that is replaced later is not used.
        let option = ConfigurationOption("kafka.sasl.password", "CANARY", option: "-X")
        let replaced = try configuration("kafka:\n  sasl.password: CANARY", options: [option])
        let lines = try check(replaced, closed).notes().map(\.message)
        #expect(lines.count == 1 && lines[0].contains("-X on the command line"))
    }

    @Test func aClientFileIsWarnedOfWhenOthersReadIt() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("c-\(UUID().uuidString).properties")
        try Data("ssl.key.password=CANARY\nbootstrap.servers=a:1\n".utf8).write(to: file)
        var configuration = Configuration()
        try configuration.read("command.config", file.path, .option("--command-config"))
        #expect(try check(configuration, [file.path: FileAccess(owner: 1000, mode: 0o600)]).notes().isEmpty)
        let notes = try check(configuration, [file.path: FileAccess(owner: 1000, mode: 0o644)]).notes()
        #expect(notes.count == 1 && notes[0].message.hasSuffix("chmod 600 \(file.path)"))
    }

    @Test func variablesThatNameFilesAreLookedAt() throws {
        let directory = FileManager.default.temporaryDirectory
        let file = directory.appendingPathComponent("v-\(UUID().uuidString)").path
        try Data("CANARY\n".utf8).write(to: URL(fileURLWithPath: file))
        chmod(file, 0o644)
        var sources = ConfigurationSources(
            file: nil, environment: ["MILLRACE_KAFKA_SASL_PASSWORD_FILE": file], options: [])
        sources.usualPlaces = []
        let configuration = try sources.load().configuration
        let failure = #expect(throws: RunFailure.self) { try SecretCheck(configuration).notes() }
        #expect(failure?.message.hasPrefix("MILLRACE_KAFKA_SASL_PASSWORD_FILE: every user") == true)
        chmod(file, 0o600)
        #expect(try SecretCheck(configuration).notes().isEmpty)
    }
}

struct UnnamedFileTests {
    private func objection(_ file: (UInt32, UInt16), _ directory: (UInt32, UInt16)) -> String? {
        UnnamedFile.objection(
            FileAccess(owner: file.0, mode: file.1),
            in: FileAccess(owner: directory.0, mode: directory.1, isRegular: false), user: 1000)
    }

    @Test func onlyWhatNobodyElseCanHavePutThereIsTaken() {
        #expect(objection((1000, 0o644), (1000, 0o755)) == nil)
        #expect(objection((0, 0o644), (0, 0o755)) == nil)
        #expect(objection((1000, 0o600), (0, 0o1777)) == nil)
        #expect(objection((1001, 0o644), (1000, 0o755))?.contains("another user (1001)") == true)
        #expect(objection((1001, 0o644), (0, 0o1777))?.contains("another user") == true)
        #expect(objection((1000, 0o666), (1000, 0o755))?.contains("every user") == true)
        #expect(objection((1000, 0o644), (1000, 0o777))?.contains("directory that every user can write") == true)
        #expect(objection((1000, 0o644), (1001, 0o755))?.contains("directory of another user") == true)
    }

    /// A file that lies there by chance is not taken unasked, and it is taken when it is named.
    @Test func aForeignFileIsNotTakenUnasked() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("u-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let file = directory.appendingPathComponent("millrace.yaml").path
        try Data("threads: 2\n".utf8).write(to: URL(fileURLWithPath: file))
        chmod(file, 0o600)
        chmod(directory.path, 0o700)
        #expect(throws: Never.self) { try UnnamedFile.check(file, user: geteuid()) }
        // What is root's may be taken by everybody.
        let isRoot = geteuid() == 0
        if isRoot { chown(file, 4242, 4242) }
        let failure = #expect(throws: RunFailure.self) {
            try UnnamedFile.check(file, user: isRoot ? 0 : geteuid() &+ 1)
        }
        #expect(failure?.errorCode == .foreignConfiguration)
        if isRoot { chown(file, 0, 0) }
        chmod(directory.path, 0o777)
        let open = #expect(throws: RunFailure.self) { try UnnamedFile.check(file, user: geteuid()) }
        #expect(open?.errorCode == .foreignConfiguration)
        #expect(open?.hint?.contains("-c \(file)") == true)
    }
}

struct OwnDirectoryTests {
    @Test func itIsThisUsersAlone() throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("o-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
        let path = try #require(OwnDirectory.make(in: base.path))
        #expect(FileAccess(path)?.mode == 0o700)
        #expect(OwnDirectory.make(in: base.path) == path)
        // What others can write, own, or have linked there is not used.
        chmod(path, 0o777)
        #expect(OwnDirectory.make(in: base.path) == nil)
        chmod(path, 0o700)
        #expect(OwnDirectory.make(in: base.path, user: geteuid() &+ 1) == nil)
        let other = base.appendingPathComponent("other").path
        try FileManager.default.moveItem(atPath: path, toPath: other)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
        #expect(OwnDirectory.make(in: base.path) == nil)
    }
}
