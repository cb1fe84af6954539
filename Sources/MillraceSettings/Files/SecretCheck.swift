// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceReport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Looks at the files that secrets come from, and at secrets that stand where they are seen.
///
///     a file that only holds a secret, which every user can read
///         of this user                               refused: chmod 600 is in this user's hand
///         of another one, or mounted read-only       warned of: a container's secrets come so (0644, of root)
///     a secret in the configuration itself           warned of, once a file
///     a secret in an option                          warned of: it shows in the list of processes
package struct SecretCheck {
    private let configuration: Configuration
    private let user: UInt32
    private let access: (String) -> FileAccess?

    /// - Parameter access: looks at a path.
    package init(
        _ configuration: Configuration, user: UInt32 = geteuid(),
        access: @escaping (String) -> FileAccess? = { FileAccess($0) }
    ) {
        self.configuration = configuration
        self.user = user
        self.access = access
    }

    /// What is worth a warning.
    /// - Throws: `RunFailure` for a file that is refused.
    package func notes() throws(RunFailure) -> [LogLine] {
        var notes: [LogLine] = []
        for file in files {
            if let note = try note(on: file) { notes.append(note) }
        }
        return notes + inlineNotes
    }

    /// Each once, in the order of what they are for.
    private var files: [Configuration.SecretFile] {
        var files = configuration.secretFiles
        let own = [
            ("http.token.file", configuration.httpTokenFile),
            ("http.admin.token.file", configuration.httpAdminTokenFile), ("http.key.file", configuration.httpKeyFile),
            ("schema.registry.ssl.key.location", configuration.registry.keyFile),
        ]
        files += own.compactMap { name, path in path.map { Configuration.SecretFile(name: name, path: $0) } }
        let keys = ["ssl.key.location", "ssl.keystore.location"]
        files += configuration.kafka.filter { keys.contains($0.name) }.map {
            Configuration.SecretFile(name: $0.name, path: $0.value)
        }
        var seen: Set<String> = []
        return files.filter { seen.insert($0.path).inserted }
    }

    private func note(on file: Configuration.SecretFile) throws(RunFailure) -> LogLine? {
        // What is no file is passed from process to process: <(…).
        guard let access = access(file.path), access.isRegular, access.isReadByOthers else { return nil }
        let text = "\(file.name): every user of this machine can read \(file.path) (mode \(access.modeText))"
        let step = step(file.path, access)
        guard access.owner == user, !access.isMountedReadOnly else {
            return LogLine(.warn, "\(text); \(step)", code: .exposedSecret)
        }
        throw RunFailure(.configuration, .exposedSecret, text, hint: step)
    }

    /// What keeps others from reading a file: that is its owner's to do, or whoever's that mounts it.
    private func step(_ path: String, _ access: FileAccess) -> String {
        if access.isMountedReadOnly {
            return
                "it is mounted read-only: whoever mounts it gives it the mode 0400 (in Kubernetes defaultMode: 0400, "
                + "or 0440 with fsGroup)"
        }
        if access.owner == user { return "chmod 600 \(ShellWord.quoted(path))" }
        return "it belongs to user \(access.owner), who can take that away: chmod o-r \(ShellWord.quoted(path)) "
            + "(and give this user's group the right to read it)"
    }

    private var inlineNotes: [LogLine] {
        let said =
            configuration.kafka.map { ($0.name, $0.origin) } + configuration.values.map { ($0.key, $0.value.origin) }
        let current = Set(said.map { Configuration.InlineSecret(name: $0.0, origin: $0.1) })
        var places: [(place: String, names: [String], path: String?)] = []
        for secret in configuration.inlineSecrets where current.contains(secret) {
            let (place, path): (String, String?) =
                switch secret.origin {
                case .file(let file, _), .clientFile(let file, _): (file, file)
                case .option(let option): ("\(option) on the command line", nil)
                case .environment(let name): (name, nil)
                case .program: ("the program", nil)
                }
            if let index = places.firstIndex(where: { $0.place == place }) {
                if !places[index].names.contains(secret.name) { places[index].names.append(secret.name) }
            } else {
                places.append((place, [secret.name], path))
            }
        }
        let clientFiles = Set(
            configuration.inlineSecrets.compactMap { secret -> String? in
                if case .clientFile(let file, _) = secret.origin { return file }
                return nil
            })
        return places.compactMap { place, names, path in
            let access = path.flatMap(access)
            let isExposed = access.map { $0.isRegular && $0.isReadByOthers } ?? false
            // A Java client's file has no other way to say a password.
            guard isExposed || !clientFiles.contains(place) else { return nil }
            var text = "\(names.joined(separator: ", ")): a secret stands in \(place)"
            if path == nil { text += ", where the list of processes shows it" }
            if isExposed, let access { text += ", which every user of this machine can read (mode \(access.modeText))" }
            let step =
                clientFiles.contains(place)
                ? access.map { self.step(place, $0) } ?? "" : "write ${file:/path} or ${env:NAME} in a configuration"
            return LogLine(.warn, "\(text); \(step)", code: .exposedSecret)
        }
    }
}
