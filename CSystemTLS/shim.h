// SPDX-License-Identifier: Apache-2.0
// GnuTLS, which libmicrohttpd serves TLS with: looks at certificates and keys, and speaks TLS as a client.
#ifndef MILLRACE_CSYSTEMTLS_SHIM_H
#define MILLRACE_CSYSTEMTLS_SHIM_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

static inline gnutls_datum_t millrace_tls_datum(const void *bytes, size_t count) {
    gnutls_datum_t datum = {(unsigned char *)bytes, (unsigned int)count};
    return datum;
}

/// Whether a certificate's (and its chain's) PEM text and a key's belong together: 0, or GnuTLS's code.
/// `expiry`: when the certificate ends, in seconds since 1970; -1: unknown.
static inline int millrace_tls_check(
    const void *certificate, size_t certificate_count, const void *key, size_t key_count, int64_t *expiry) {
    gnutls_datum_t chain = millrace_tls_datum(certificate, certificate_count);
    gnutls_datum_t secret = millrace_tls_datum(key, key_count);
    gnutls_certificate_credentials_t credentials;
    *expiry = -1;
    int code = gnutls_certificate_allocate_credentials(&credentials);
    if (code < 0) return code;
    code = gnutls_certificate_set_x509_key_mem2(credentials, &chain, &secret, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_x509_crt_t *list = NULL;
    unsigned int count = 0;
    if (code >= 0 && gnutls_certificate_get_x509_crt(credentials, (unsigned int)code, &list, &count) >= 0) {
        if (count > 0) *expiry = (int64_t)gnutls_x509_crt_get_expiration_time(list[0]);
        for (unsigned int i = 0; i < count; i++) gnutls_x509_crt_deinit(list[i]);
        gnutls_free(list);
    }
    gnutls_certificate_free_credentials(credentials);
    return code < 0 ? code : 0;
}

/// One connection of a client.
struct millrace_tls_client {
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
};

static inline void millrace_tls_end(struct millrace_tls_client *client) {
    if (client->session) gnutls_deinit(client->session);
    if (client->credentials) gnutls_certificate_free_credentials(client->credentials);
    memset(client, 0, sizeof *client);
}

/// Shakes hands over a connected socket. `certificates`: PEM; who is believed. 0, or GnuTLS's code.
static inline int millrace_tls_begin(
    struct millrace_tls_client *client, int socket, const void *certificates, size_t count) {
    memset(client, 0, sizeof *client);
    gnutls_datum_t trusted = millrace_tls_datum(certificates, count);
    int code = gnutls_certificate_allocate_credentials(&client->credentials);
    if (code >= 0) code = gnutls_certificate_set_x509_trust_mem(client->credentials, &trusted, GNUTLS_X509_FMT_PEM);
    if (code == 0) code = GNUTLS_E_NO_CERTIFICATE_FOUND;
    if (code >= 0) code = gnutls_init(&client->session, GNUTLS_CLIENT);
    if (code >= 0)
        code = gnutls_priority_set_direct(client->session, "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", NULL);
    if (code >= 0) code = gnutls_credentials_set(client->session, GNUTLS_CRD_CERTIFICATE, client->credentials);
    if (code >= 0) {
        gnutls_transport_set_int(client->session, socket);
        do code = gnutls_handshake(client->session);
        while (code < 0 && (code == GNUTLS_E_INTERRUPTED || (code != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(code))));
    }
    return code < 0 ? code : 0;
}

/// Whether the other side shows one of the certificates themselves.
static inline int millrace_tls_shows(struct millrace_tls_client *client, const void *certificates, size_t count) {
    gnutls_datum_t trusted = millrace_tls_datum(certificates, count);
    unsigned int shown = 0;
    const gnutls_datum_t *peer = gnutls_certificate_get_peers(client->session, &shown);
    gnutls_x509_crt_t *list = NULL;
    unsigned int size = 0;
    int found = 0;
    if (!peer || shown == 0) return 0;
    if (gnutls_x509_crt_list_import2(&list, &size, &trusted, GNUTLS_X509_FMT_PEM, 0) < 0) return 0;
    for (unsigned int i = 0; i < size; i++) {
        gnutls_datum_t own = {NULL, 0};
        if (gnutls_x509_crt_export2(list[i], GNUTLS_X509_FMT_DER, &own) >= 0) {
            if (own.size == peer[0].size && memcmp(own.data, peer[0].data, own.size) == 0) found = 1;
            gnutls_free(own.data);
        }
        gnutls_x509_crt_deinit(list[i]);
    }
    gnutls_free(list);
    return found;
}

/// What speaks against the other side's certificate: 0 nothing, else GnuTLS's bits (`gnutls_certificate_status_t`).
static inline unsigned int millrace_tls_doubts(struct millrace_tls_client *client, const char *host) {
    unsigned int status = 0;
    int code = gnutls_certificate_verify_peers3(client->session, host, &status);
    return code < 0 ? GNUTLS_CERT_INVALID : status;
}

/// Like `send` and `recv`, with GnuTLS's code in place of `errno`. An end without a goodbye is an end.
static inline ssize_t millrace_tls_send(struct millrace_tls_client *client, const void *bytes, size_t count) {
    ssize_t sent;
    do sent = gnutls_record_send(client->session, bytes, count);
    while (sent == GNUTLS_E_INTERRUPTED);
    return sent;
}

static inline ssize_t millrace_tls_receive(struct millrace_tls_client *client, void *bytes, size_t count) {
    ssize_t received;
    do received = gnutls_record_recv(client->session, bytes, count);
    while (received == GNUTLS_E_INTERRUPTED || received == GNUTLS_E_REHANDSHAKE);
    return received == GNUTLS_E_PREMATURE_TERMINATION ? 0 : received;
}

#endif
