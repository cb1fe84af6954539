// SPDX-License-Identifier: Apache-2.0
internal import CSystemCurl
import MillraceCore

/// libcurl's handle, which keeps its connections open from request to request. One thread uses it at a time; it is
/// freed with this object.
final class CurlHandle {
    private let handle: UnsafeMutableRawPointer
    private let options: RegistryOptions
    private let isStopped: @Sendable () -> Bool

    /// Once for the process, before the first handle.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Nil: libcurl has no memory left.
    init?(_ options: RegistryOptions, isStopped: @escaping @Sendable () -> Bool) {
        guard CurlHandle.isReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.options = options
        self.isStopped = isStopped
    }

    deinit { curl_easy_cleanup(handle) }

    /// What libcurl is, for `millrace version`.
    static var version: String { String(cString: curl_version()) }

    /// Asks once. Redirections are not followed: that is the caller's, who knows where a log-in may go.
    func perform(_ request: HTTPRequest, at address: RegistryAddress) throws(HTTPFault) -> HTTPAnswer {
        // Connections stay open.
        curl_easy_reset(handle)
        var settings = CurlSettings(handle)
        var reason = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        settings.text(CURLOPT_URL, address.text + request.path)
        settings.use(options, at: address)
        if case .post(let body) = request.method { settings.body(body) }
        let headers = CurlHeaders(isPost: settings.hasBody)
        settings.headers(headers)
        let receiver = AnswerReceiver(limit: options.answerLimit, isStopped: isStopped)
        settings.receiver(receiver)
        if let fault = settings.fault { throw fault }
        let code = reason.withUnsafeMutableBufferPointer { buffer in
            // libcurl writes into it while it works, and at no other time.
            _ = millrace_curl_error_buffer(handle, buffer.baseAddress)
            let code = withExtendedLifetime((receiver, headers)) { curl_easy_perform(handle) }
            _ = millrace_curl_error_buffer(handle, nil)
            return code
        }
        guard code == CURLE_OK else { throw fault(code, reason, receiver) }
        return HTTPAnswer(
            status: millrace_curl_status(handle), body: receiver.body,
            redirection: millrace_curl_redirection(handle).map { String(cString: $0) })
    }

    private func fault(_ code: CURLcode, _ reason: [CChar], _ receiver: AnswerReceiver) -> HTTPFault {
        if receiver.isTooLong {
            return HTTPFault(
                kind: .unusableAnswer, message: "the answer is longer than \(options.answerLimit) bytes")
        }
        let end = reason.firstIndex(of: 0) ?? reason.endIndex
        let detail = String(decoding: reason[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let general = String(cString: curl_easy_strerror(code))
        let message = detail.isEmpty ? general : detail
        return HTTPFault(kind: CurlHandle.kind(of: code), message: message)
    }

    private static func kind(of code: CURLcode) -> HTTPFault.Kind {
        switch code {
        case CURLE_ABORTED_BY_CALLBACK: .stopped
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            .certificate
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_BAD_CONTENT_ENCODING,
            CURLE_TOO_MANY_REDIRECTS, CURLE_FILESIZE_EXCEEDED, CURLE_WRITE_ERROR:
            .unusableAnswer
        default: .unreachable
        }
    }
}

/// Takes an answer's bytes, up to a limit.
final class AnswerReceiver {
    private(set) var body: [UInt8] = []
    private(set) var isTooLong = false
    private let limit: Int
    private let isStopped: @Sendable () -> Bool

    init(limit: Int, isStopped: @escaping @Sendable () -> Bool) {
        self.limit = limit
        self.isStopped = isStopped
    }

    /// How many of them it takes: all, or none where that would be too many.
    fileprivate func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= limit - body.count else {
            isTooLong = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    fileprivate var wantsNoMore: Bool { isStopped() }
}

/// A request's headers, which libcurl reads while it works.
private final class CurlHeaders {
    fileprivate var list: UnsafeMutablePointer<curl_slist>?

    init(isPost: Bool) {
        let type = "application/vnd.schemaregistry.v1+json"
        append("Accept: \(type), application/json;q=0.9, */*;q=0.1")
        // The body is small: it is sent at once.
        append("Expect:")
        if isPost { append("Content-Type: \(type)") }
    }

    deinit { curl_slist_free_all(list) }

    private func append(_ header: String) {
        if let longer = curl_slist_append(list, header) { list = longer }
    }
}

/// Sets a handle's options, and remembers the first that libcurl does not take.
private struct CurlSettings {
    private let handle: UnsafeMutableRawPointer
    private(set) var fault: HTTPFault?
    private(set) var hasBody = false

    init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }

    private mutating func note(_ code: CURLcode, _ kind: HTTPFault.Kind = .certificate) {
        guard code != CURLE_OK, fault == nil else { return }
        fault = HTTPFault(kind: kind, message: String(cString: curl_easy_strerror(code)))
    }

    mutating func text(_ option: CURLoption, _ text: String?) { note(millrace_curl_text(handle, option, text)) }

    mutating func number(_ option: CURLoption, _ number: Int) {
        note(millrace_curl_number(handle, option, number))
    }

    mutating func body(_ bytes: [UInt8]) {
        hasBody = true
        number(CURLOPT_POST, 1)
        note(bytes.withUnsafeBytes { millrace_curl_body(handle, $0.baseAddress, $0.count) })
    }

    mutating func headers(_ headers: CurlHeaders) { note(millrace_curl_headers(handle, headers.list)) }

    mutating func receiver(_ receiver: AnswerReceiver) {
        let context = Unmanaged.passUnretained(receiver).toOpaque()
        note(
            millrace_curl_receiver(
                handle,
                { bytes, size, count, context in
                    guard let context, let bytes else { return 0 }
                    let receiver = Unmanaged<AnswerReceiver>.fromOpaque(context).takeUnretainedValue()
                    return receiver.take(UnsafeRawBufferPointer(start: bytes, count: size &* count))
                }, context))
        note(
            millrace_curl_watch(
                handle,
                { context, _, _, _, _ in
                    guard let context else { return 0 }
                    return Unmanaged<AnswerReceiver>.fromOpaque(context).takeUnretainedValue().wantsNoMore ? 1 : 0
                }, context))
    }

    /// What holds for each request to this address.
    mutating func use(_ options: RegistryOptions, at address: RegistryAddress) {
        note(millrace_curl_only_http(handle))
        // Signals are the process's own.
        number(CURLOPT_NOSIGNAL, 1)
        number(CURLOPT_FOLLOWLOCATION, 0)
        number(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: options.connectMilliseconds))
        number(CURLOPT_TIMEOUT_MS, Int(clamping: options.requestMilliseconds))
        text(CURLOPT_USERAGENT, "millrace")
        if let proxy = options.proxy { text(CURLOPT_PROXY, proxy) }
        login(options.login, address)
        trust(options)
    }

    private mutating func login(_ login: RegistryOptions.Login, _ address: RegistryAddress) {
        switch login {
        case .ofAddress:
            guard let user = address.user else { return }
            basic(user, address.password ?? "")
        case .basic(let user, let password): basic(user, password)
        case .bearer(let token):
            number(CURLOPT_HTTPAUTH, Int(MILLRACE_CURLAUTH_BEARER))
            text(CURLOPT_XOAUTH2_BEARER, token)
        }
    }

    private mutating func basic(_ user: String, _ password: String) {
        number(CURLOPT_HTTPAUTH, Int(MILLRACE_CURLAUTH_BASIC))
        text(CURLOPT_USERNAME, user)
        text(CURLOPT_PASSWORD, password)
    }

    private mutating func trust(_ options: RegistryOptions) {
        number(CURLOPT_SSL_VERIFYPEER, 1)
        number(CURLOPT_SSL_VERIFYHOST, options.checksHostName ? 2 : 0)
        number(CURLOPT_SSLVERSION, Int(MILLRACE_CURL_TLS12))
        if let authority = options.authority {
            // Whom this machine trusts otherwise is not believed then.
            text(CURLOPT_CAPATH, nil)
            pem(authority, file: CURLOPT_CAINFO, text: CURLOPT_CAINFO_BLOB)
        }
        if let certificate = options.certificate {
            pem(certificate, file: CURLOPT_SSLCERT, text: CURLOPT_SSLCERT_BLOB)
        }
        if let key = options.key { pem(key, file: CURLOPT_SSLKEY, text: CURLOPT_SSLKEY_BLOB) }
        if let password = options.keyPassword { text(CURLOPT_KEYPASSWD, password) }
    }

    private mutating func pem(_ source: RegistryOptions.Source, file: CURLoption, text blob: CURLoption) {
        switch source {
        case .file(let path): text(file, path)
        case .text(let pem):
            let bytes = Array(pem.utf8)
            note(bytes.withUnsafeBytes { millrace_curl_blob(handle, blob, $0.baseAddress, $0.count) })
        }
    }
}
