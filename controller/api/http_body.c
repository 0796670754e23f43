#include "controller/api/http_body.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static unsigned refuse(unsigned status, const char *message, err_info_t *reterr)
{
    err_set(reterr, ERR_INVALID_REQUEST, "%s", message);
    return status;
}

static enum MHD_Result count_lengths(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    (void)value;
    unsigned *count = cls;
    *count += strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
    return MHD_YES;
}

/* One length and nothing beside it: whatever stands before us (a proxy) sees the request end where we do. */
static unsigned judge_length(struct MHD_Connection *connection, size_t max, size_t *ret_len, err_info_t *reterr)
{
    unsigned count = 0;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_lengths, &count);
    const char *length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    char *end = NULL;
    errno = 0;
    unsigned long long n = length != NULL ? strtoull(length, &end, 10) : 0;
    *ret_len = SIZE_MAX;
    if (header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL || length == NULL || end == length || *end != '\0' || errno != 0)
        return refuse(MHD_HTTP_LENGTH_REQUIRED, "request needs a Content-Length, and no Transfer-Encoding", reterr);
    if (count > 1)
        return refuse(MHD_HTTP_BAD_REQUEST, "request has more than one Content-Length", reterr);
    *ret_len = n > SIZE_MAX ? SIZE_MAX : (size_t)n;
    if (*ret_len <= max)
        return 0;
    err_set(reterr, ERR_LIMIT, "request has %llu bytes, the limit is %zu ([http] max_request of the controller)", n, max);
    return MHD_HTTP_CONTENT_TOO_LARGE;
}

static bool json_content(const char *type)
{
    static const char *const TYPES[] = {"application/json", "application/json-rpc", "application/json-request"};
    size_t len = type != NULL ? strcspn(type, "; \t") : 0;
    for (size_t i = 0; i < ARRAY_SIZE(TYPES); i++) {
        if (strlen(TYPES[i]) == len && strncasecmp(TYPES[i], type, len) == 0)
            return true;
    }
    return false;
}

unsigned http_body_judge(struct MHD_Connection *connection, size_t max, size_t *ret_len, err_info_t *reterr)
{
    unsigned status = judge_length(connection, max, ret_len, reterr);
    if (status != 0)
        return status;
    if (!json_content(header(connection, MHD_HTTP_HEADER_CONTENT_TYPE)))
        return refuse(MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "content type is not application/json", reterr);
    const char *coding = header(connection, MHD_HTTP_HEADER_CONTENT_ENCODING);
    if (coding != NULL && strcasecmp(coding, "identity") != 0)
        return refuse(MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "body is compressed or otherwise encoded: send it as it is, without Content-Encoding", reterr);
    return 0;
}
