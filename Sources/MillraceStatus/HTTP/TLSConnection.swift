// SPDX-License-Identifier: Apache-2.0
import CSystemTLS
import MillraceCore
import MillraceReport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whom a client believes: whoever shows one of these certificates, or one that they have signed for the address.
package struct TLSTrust: Sendable {
    let file: String
    /// PEM.
    let certificates: String

    /// - Throws: `RunFailure` where the file cannot be read.
    package init(file: String) throws {
        self.file = file
        certificates = try TLSIdentity.read(file, "http.certificate.file")
    }
}

/// TLS of a client over a connected socket, whose owner closes it.
final class TLSConnection: ClientConnection {
    private var client = millrace_tls_client()
    private var code: Int32 = 0

    /// Shakes hands, and looks at what the other side shows.
    init(_ descriptor: Int32, _ trust: TLSTrust, address: String, host: String) throws(RunFailure) {
        let count = trust.certificates.utf8.count
        let code = millrace_tls_begin(&client, descriptor, trust.certificates, count)
        guard code == 0 else {
            millrace_tls_end(&client)
            if code == GNUTLS_E_NO_CERTIFICATE_FOUND || code == GNUTLS_E_BASE64_DECODING_ERROR {
                throw RunFailure(
                    .configuration, .unusableCertificate, "http.certificate.file: \(trust.file) holds no certificate")
            }
            throw RunFailure(
                .unreachable, .noProcess, "\(host) does not speak TLS: \(String(cString: gnutls_strerror(code)))",
                hint: "leave out http.certificate.file where the process serves its page without TLS")
        }
        guard millrace_tls_shows(&client, trust.certificates, count) == 0 else { return }
        let doubts = millrace_tls_doubts(&client, address)
        guard doubts == 0 else {
            millrace_tls_end(&client)
            throw RunFailure(
                .permission, .unusableCertificate,
                "what \(host) shows is not vouched for by \(trust.file): \(TLSConnection.text(doubts))",
                hint: "name the certificate that the process shows, or that of its CA, with --http-certificate-file")
        }
    }

    deinit { millrace_tls_end(&client) }

    private static func text(_ doubts: UInt32) -> String {
        let known: [(UInt32, String)] = [
            (UInt32(GNUTLS_CERT_UNEXPECTED_OWNER.rawValue), "it is for another name"),
            (UInt32(GNUTLS_CERT_EXPIRED.rawValue), "it has ended"),
            (UInt32(GNUTLS_CERT_NOT_ACTIVATED.rawValue), "it holds from later on"),
            (UInt32(GNUTLS_CERT_SIGNER_NOT_FOUND.rawValue), "nobody there has signed it"),
        ]
        let found = known.filter { doubts & $0.0 != 0 }.map(\.1)
        return found.isEmpty ? "it is not valid" : found.joined(separator: ", ")
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = millrace_tls_send(&client, bytes.baseAddress, bytes.count)
        if count < 0 { code = Int32(clamping: count) }
        return count
    }

    func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = millrace_tls_receive(&client, buffer.baseAddress, buffer.count)
        if count < 0 { code = Int32(clamping: count) }
        return count
    }

    var reason: String { String(cString: gnutls_strerror(code)) }
}
