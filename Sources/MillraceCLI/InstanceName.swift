// SPDX-License-Identifier: Apache-2.0
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillraceRun
import MillraceSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which member of its group this process is, the same one after a restart: the machine's name, with a number behind it
/// for a second process of the application on this machine. A locked file tells which names are taken; the lock ends
/// with the process, also with one that was killed. The files lie where this user alone can write, so that nobody else
/// can hold a name or put a link in a file's place.
final class InstanceName {
    private static let maximumProcesses = 256

    let text: String
    /// Holds the lock; −1: none could be had, and the machine's name is all there is.
    private let descriptor: Int32
    /// What is worth a warning; nil: nothing.
    private(set) var note: String?

    /// - Parameters:
    ///   - application: the application id.
    ///   - brokers: the address of the cluster; the same application on another one is another group.
    init(application: String, brokers: String) {
        let host = InstanceName.hostName
        var identity = "\(application)\n\(brokers)"
        let hash = identity.withUTF8 { Hash.bytes(UnsafeRawPointer($0.baseAddress!), count: $0.count) }
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let directory = OwnDirectory.make(in: base)
        for number in 0..<InstanceName.maximumProcesses {
            guard let directory else { break }
            let path = "\(directory)/millrace-\(String(hash, radix: 16))-\(number).lock"
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { break }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                self.descriptor = descriptor
                text = number == 0 ? host : "\(host)-\(number)"
                return
            }
            close(descriptor)
        }
        descriptor = -1
        text = host
        note =
            "there is no place for lock files below \(base) that is this user's alone (\(base)/millrace-\(geteuid())): "
            + "further processes of the application on this machine need names of their own (--instance NAME)"
    }

    /// A name that was given; that no other process has it is up to whoever gave it.
    private init(given name: String) {
        text = name
        descriptor = -1
    }

    /// The name of a process, or of one of several workers of it.
    convenience init(_ program: LoadedProgram, _ options: RunOptions, worker: Int = 1, of workers: Int = 1) {
        if let name = program.configuration.instance {
            self.init(given: workers == 1 ? name : "\(name)-\(worker)")
        } else {
            self.init(application: options.application, brokers: options.properties["bootstrap.servers"] ?? "")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static var hostName: String {
        var name = [UInt8](repeating: 0, count: 256)
        let result = name.withUnsafeMutableBytes { buffer in
            gethostname(buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count - 1)
        }
        return result == 0 ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "localhost"
    }
}
