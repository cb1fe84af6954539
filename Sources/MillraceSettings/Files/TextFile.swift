// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that could not be read.
package struct FileError: Error, Hashable, Sendable {
    package var path: String
    /// The system's `errno`; 0 where the system found nothing wrong, but we did.
    package var code: Int32
    /// What is wrong, without the path.
    package var reason: String

    package init(path: String, code: Int32 = 0, reason: String) {
        self.path = path
        self.code = code
        self.reason = reason
    }

    package var message: String { "cannot read \(path): \(reason)" }
}

/// Programs, configurations, secrets: small files of UTF-8 text.
package enum TextFile {
    /// In bytes.
    package static let maximumLength = 1024 * 1024

    /// The file's whole text. Throws where it is not there, longer than `maximumLength` or not valid UTF-8.
    package static func read(_ path: String) throws(FileError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = block.withUnsafeMutableBytes { Platform.read(descriptor, $0) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { break }
            bytes += block[..<count]
            guard bytes.count <= maximumLength else {
                throw FileError(path: path, reason: "longer than \(maximumLength) bytes")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FileError(path: path, reason: "not valid UTF-8")
        }
        return text
    }

    private static func failure(_ path: String) -> FileError {
        let code = errno
        return FileError(path: path, code: code, reason: String(cString: strerror(code)))
    }

    /// The path as seen from a directory: absolute ones stay as they are.
    static func resolve(_ path: String, in directory: String) -> String {
        path.hasPrefix("/") || directory.isEmpty || directory == "." ? path : "\(directory)/\(path)"
    }

    /// The one path of a file that many lead to; as it is where there is no such file.
    static func canonical(_ path: String) -> String {
        guard let found = realpath(path, nil) else { return path }
        defer { free(found) }
        return String(cString: found)
    }

    /// `configuration/orders.yaml` → `configuration`; a bare name → `.`.
    package static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `configuration/orders.sql` → `orders`.
    package static func baseName(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
        return String(name[..<dot])
    }
}

private enum Platform {
    static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #else
            Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }
}
