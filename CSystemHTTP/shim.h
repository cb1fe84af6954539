// SPDX-License-Identifier: Apache-2.0
// libmicrohttpd as a system library, with the one call that Swift cannot make: it takes its options as C varargs.
#ifndef MILLRACE_CSYSTEMHTTP_SHIM_H
#define MILLRACE_CSYSTEMHTTP_SHIM_H

#include <microhttpd.h>

/// What a server is started with, beside its handlers.
struct millrace_http_limits {
    /// Connections at the same time; one thread each. Never to be reached: libmicrohttpd 0.9.75 then keeps a lock.
    unsigned int connections;
    /// Bytes of one connection's headers and buffers.
    size_t memory;
    /// Seconds without any progress after which a connection is closed.
    unsigned int idle_seconds;
    /// Bytes of one connection's thread's stack.
    size_t stack;
    /// The certificate with its chain and its key, as PEM; both NULL: no TLS.
    const char *certificate;
    const char *key;
};

#define MILLRACE_HTTP_FLAGS                                                                                      \
    (MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC               \
     | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG)

#define MILLRACE_HTTP_OPTIONS                                                                                    \
    MHD_OPTION_EXTERNAL_LOGGER, log, context,                                                                    \
        MHD_OPTION_CONNECTION_LIMIT, limits->connections,                                                        \
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits->memory,                                                      \
        MHD_OPTION_CONNECTION_TIMEOUT, limits->idle_seconds,                                                     \
        MHD_OPTION_THREAD_STACK_SIZE, limits->stack,                                                             \
        MHD_OPTION_NOTIFY_CONNECTION, connection, context,                                                       \
        MHD_OPTION_NOTIFY_COMPLETED, completed, context

/// Serves the connections that it is given (`MHD_add_connection`), each on a thread of its own: a client that stalls
/// holds up nobody else. NULL where it cannot start.
static inline struct MHD_Daemon *millrace_http_start(
    const struct millrace_http_limits *limits, MHD_AccessHandlerCallback handler,
    MHD_NotifyConnectionCallback connection, MHD_RequestCompletedCallback completed, MHD_LogCallback log,
    void *context) {
    if (!limits->certificate)
        return MHD_start_daemon(
            MILLRACE_HTTP_FLAGS, 0, NULL, NULL, handler, context, MILLRACE_HTTP_OPTIONS, MHD_OPTION_END);
    return MHD_start_daemon(
        MILLRACE_HTTP_FLAGS | MHD_USE_TLS, 0, NULL, NULL, handler, context, MILLRACE_HTTP_OPTIONS,
        MHD_OPTION_HTTPS_PRIORITIES, "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
        MHD_OPTION_HTTPS_MEM_CERT, limits->certificate,
        MHD_OPTION_HTTPS_MEM_KEY, limits->key,
        MHD_OPTION_END);
}

/// The socket of a connection; -1 where it has none.
static inline int millrace_http_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? (int)info->connect_fd : -1;
}

/// How many connections it serves.
static inline unsigned int millrace_http_connections(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info ? info->num_connections : 0;
}

#endif
