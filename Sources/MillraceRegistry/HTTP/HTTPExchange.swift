// SPDX-License-Identifier: Apache-2.0

/// What is asked of a server.
struct HTTPRequest {
    enum Method {
        case get
        /// With this JSON text.
        case post([UInt8])
    }

    var method: Method
    /// Behind the address, with a slash at its beginning.
    var path: String
}

/// What a server has answered, whatever it means.
struct HTTPAnswer {
    var status: Int
    var body: [UInt8]
    /// Where else it sends its client, as a whole URL.
    var redirection: String?
}

/// There is no answer.
struct HTTPFault: Error {
    enum Kind {
        /// It may be there in a moment.
        case unreachable
        /// The certificate of either side, or the keys that TLS needs.
        case certificate
        /// The answer is longer than it may be, or is not HTTP.
        case unusableAnswer
        /// It was not wanted any more.
        case stopped
    }

    var kind: Kind
    var message: String
}
