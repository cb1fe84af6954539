// SPDX-License-Identifier: Apache-2.0
// libcurl as a system library, with the calls that Swift cannot make: options and answers are C varargs.
#ifndef MILLRACE_CSYSTEMCURL_SHIM_H
#define MILLRACE_CSYSTEMCURL_SHIM_H

#include <curl/curl.h>

// Macros with casts, which Swift does not see.
static const long MILLRACE_CURLAUTH_BASIC = (long)CURLAUTH_BASIC;
static const long MILLRACE_CURLAUTH_BEARER = (long)CURLAUTH_BEARER;
static const long MILLRACE_CURL_TLS12 = (long)CURL_SSLVERSION_TLSv1_2;

static inline CURLcode millrace_curl_text(CURL *handle, CURLoption option, const char *text) {
    return curl_easy_setopt(handle, option, text);
}

static inline CURLcode millrace_curl_number(CURL *handle, CURLoption option, long number) {
    return curl_easy_setopt(handle, option, number);
}

/// The bytes are copied.
static inline CURLcode millrace_curl_blob(CURL *handle, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
}

/// The body of a request, copied.
static inline CURLcode millrace_curl_body(CURL *handle, const void *bytes, size_t count) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
    return code ? code : curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, bytes);
}

/// Where libcurl says in words what went wrong; NULL: nowhere.
static inline CURLcode millrace_curl_error_buffer(CURL *handle, char *buffer) {
    return curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, buffer);
}

static inline CURLcode millrace_curl_headers(CURL *handle, struct curl_slist *headers) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
}

/// Who takes the answer: the number of bytes that were taken; another number ends the request.
static inline CURLcode millrace_curl_receiver(
    CURL *handle, size_t (*receive)(char *, size_t, size_t, void *), void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    return code ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

/// Is asked about every second, and whenever something moves; what is not 0 ends the request.
static inline CURLcode millrace_curl_watch(
    CURL *handle, int (*watch)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t), void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, watch);
    return code ? code : curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
}

/// HTTP and HTTPS, and nothing else of what libcurl speaks.
static inline CURLcode millrace_curl_only_http(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/// 100 … 599, or 0: none has come.
static inline long millrace_curl_status(CURL *handle) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/// Where the answer sends its client on; NULL: nowhere. The handle's.
static inline const char *millrace_curl_redirection(CURL *handle) {
    char *url = NULL;
    curl_easy_getinfo(handle, CURLINFO_REDIRECT_URL, &url);
    return url;
}

#endif
