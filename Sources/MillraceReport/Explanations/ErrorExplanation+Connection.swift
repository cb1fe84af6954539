// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension ErrorCode.Explanation {
    /// Of logging in, and of encryption.
    static let connection: [ErrorCode: Self] = [
        .loginRefused: Self(
            "The log-in was refused",
            "The brokers do not accept the user, the password or the token; or client and brokers have no version or "
                + "cipher of TLS in common.",
            step: "check security.protocol, sasl.mechanism, sasl.username and sasl.password"),
        .loginByScram: Self(
            "The log-in by SCRAM was refused",
            "The name or the password is wrong; or the brokers are Kafka 4.0 or newer, to which librdkafka before "
                + "2.6.1 cannot log in by SCRAM. The brokers answer the same to both.",
            step: "check sasl.username and sasl.password; with Kafka 4.0 or newer use a newer librdkafka, PLAIN over "
                + "TLS or client certificates"),
        .passwordInClear: Self(
            "A password that travels unencrypted",
            "sasl.mechanism PLAIN over sasl_plaintext sends the password as it is; everybody on the way can "
                + "read it.",
            step: "security.protocol: sasl_ssl"),
        .uncheckedIdentity: Self(
            "The brokers' identity is not checked",
            "Certificates or host names are not verified, so that anybody in between can pretend to be the "
                + "broker.",
            step: "remove enable.ssl.certificate.verification and ssl.endpoint.identification.algorithm; name the "
                + "CA with ssl.ca.location"),
        .untrustedCertificate: Self(
            "The brokers' certificate is not trusted",
            "Nobody whom ssl.ca.location names (without it: whom this machine trusts) has issued it, or it was "
                + "revoked. It may be somebody else who answers.",
            step: "set ssl.ca.location to the PEM file of the CA that has issued the brokers' certificates; openssl "
                + "s_client -showcerts -connect HOST:PORT shows who that is"),
        .certificateOutOfDate: Self(
            "The brokers' certificate has expired, or is not valid yet",
            "By this machine's clock, which may be wrong.",
            step: "renew the brokers' certificate; check this machine's clock (date)"),
        .certificateOfAnother: Self(
            "The brokers' certificate is for another name",
            "The host in bootstrap.servers, or the one that the brokers advertise (advertised.listeners), is not among "
                + "the names and addresses in the certificate.",
            step:
                "name the brokers as their certificate does, or let one be issued that has this name (subjectAltName); "
                + "openssl s_client -connect HOST:PORT | openssl x509 -noout -ext subjectAltName shows the names"),
        .clientCertificate: Self(
            "The brokers want a client certificate, or do not take this one",
            "Their listener has ssl.client.auth=required. The certificate is missing, has expired, or was issued by a "
                + "CA that the brokers do not trust.",
            step:
                "set ssl.certificate.location and ssl.key.location, or ssl.keystore.location, to a certificate of a CA "
                + "in the brokers' truststore"),
        .otherProtocol: Self(
            "The port seems to speak another security.protocol",
            "The broker hangs up at the first word: so does a TLS port on a client without TLS, a port without TLS on "
                + "a client with it, and one that wants a log-in on a client that has none. A broker that is "
                + "stopping does the same, so this is tried again.",
            step: "set security.protocol (plaintext, ssl, sasl_plaintext or sasl_ssl) to what the brokers' listener at "
                + "this port is, or take the port of another listener"),
        .mechanismNotOffered: Self(
            "The brokers do not offer this mechanism",
            "sasl.mechanism is none of those that their listener has enabled; the message lists them.",
            step: "set sasl.mechanism to one of them"),
        .noToken: Self(
            "The token endpoint gave no token",
            "With OAUTHBEARER a client fetches a token before it logs in. The endpoint cannot be reached, its "
                + "certificate is not trusted, or it does not accept the client.",
            step: "check sasl.oauthbearer.token.endpoint.url, sasl.oauthbearer.client.id, "
                + "sasl.oauthbearer.client.secret and sasl.oauthbearer.scope; https.ca.location names its CA"),
    ]
}
