// SPDX-License-Identifier: Apache-2.0
import CSystemTLS
import MillraceCore
package import MillraceReport
import MillraceSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the status page shows for itself: a certificate with its chain, and the key that belongs to it.
package struct TLSIdentity: Sendable, Equatable {
    /// PEM.
    let certificate: String
    /// PEM.
    let key: String
    /// In seconds since 1970; nil: unknown.
    let expiry: Int64?

    /// Reads both files.
    /// - Throws: `RunFailure` where one cannot be read, is no PEM, or they do not belong together.
    package init(certificateFile: String, keyFile: String) throws(RunFailure) {
        certificate = try TLSIdentity.read(certificateFile, "http.certificate.file")
        key = try TLSIdentity.read(keyFile, "http.key.file")
        var expiry: Int64 = -1
        let code = millrace_tls_check(
            certificate, certificate.utf8.count, key, key.utf8.count, &expiry)
        guard code == 0 else {
            throw TLSIdentity.failure(code, certificateFile: certificateFile, keyFile: keyFile)
        }
        self.expiry = expiry < 0 ? nil : expiry
    }

    static func read(_ path: String, _ key: String) throws(RunFailure) -> String {
        do throws(FileError) {
            return try TextFile.read(path)
        } catch {
            throw RunFailure(.inputMissing, .unreadableFile, "\(key): \(error.message)")
        }
    }

    private static func failure(_ code: Int32, certificateFile: String, keyFile: String) -> RunFailure {
        if code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH {
            return RunFailure(
                .configuration, .unusableCertificate,
                "http.key.file: the key in \(keyFile) does not belong to the certificate in \(certificateFile)",
                hint: "the certificate of the process itself comes first in the file, those of its CAs behind it")
        }
        let reason = String(cString: gnutls_strerror(code))
        return RunFailure(
            .configuration, .unusableCertificate,
            "http.certificate.file, http.key.file: \(certificateFile) and \(keyFile) cannot be used: \(reason)",
            hint: "both are PEM texts, and the key has no password")
    }

    /// The certificate has ended, or does within a week; nil: neither.
    package func expiryNote(_ path: String, nowSeconds: Int64) -> String? {
        guard let expiry, expiry -| nowSeconds < 7 * 86_400 else { return nil }
        var time: [UInt8] = []
        TimeText.appendTimestamp(expiry *| 1000, to: &time)
        let verb = expiry < nowSeconds ? "has ended" : "ends"
        return "the certificate in \(path) \(verb) at \(String(decoding: time, as: UTF8.self))"
    }
}

/// A certificate and a key in files, which are read again when they have changed. One thread uses it.
final class TLSIdentityFile {
    /// How often the files are looked at, in nanoseconds.
    private static let interval: UInt64 = 2_000_000_000

    private let certificateFile: String
    private let keyFile: String
    private let log: @Sendable (LogLine) -> Void
    private(set) var identity: TLSIdentity
    private var signature: [FileSignature?]
    private var nextLook: UInt64 = 0

    init(
        certificateFile: String, keyFile: String, log: @escaping @Sendable (LogLine) -> Void
    ) throws(RunFailure) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.log = log
        signature = [certificateFile, keyFile].map(FileSignature.init)
        identity = try TLSIdentity(certificateFile: certificateFile, keyFile: keyFile)
    }

    /// The new one where the files have changed; nil: they have not, or what they say cannot be used, which is said.
    /// Files that are written one after the other do not match for a moment: they are looked at again then.
    func renewed(_ now: UInt64) -> TLSIdentity? {
        guard now >= nextLook else { return nil }
        nextLook = now +| TLSIdentityFile.interval
        let found = [certificateFile, keyFile].map(FileSignature.init)
        guard found != signature else { return nil }
        signature = found
        do throws(RunFailure) {
            let next = try TLSIdentity(certificateFile: certificateFile, keyFile: keyFile)
            guard next != identity else { return nil }
            identity = next
            log(LogLine(.info, "the status page has a new certificate, from \(certificateFile)"))
            return next
        } catch {
            log(LogLine(.warn, "\(error.message); the status page keeps the former one", code: error.errorCode))
            return nil
        }
    }
}

/// What tells one content of a file from another, without reading it.
struct FileSignature: Equatable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// Nil: there is no such file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        #if canImport(Glibc)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        #else
            seconds = status.st_mtimespec.tv_sec
            nanoseconds = status.st_mtimespec.tv_nsec
        #endif
    }
}
