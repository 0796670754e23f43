#include "zone_tool/rpc_client.h"
#include "zone_tool/interrupt.h"
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANSWER_MAX_BYTES = 512 * 1024 * 1024, CONNECT_TIMEOUT_MS = 5000 };

struct rpc_client {
    CURL *curl;
    struct curl_slist *headers;
    char *url;
    char *where; /* for messages */
    bool local;
    char *body;
    size_t body_length, body_cap;
    json_t *error;
    int64_t last_id;
};

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    rpc_client_t *self = arg;
    size_t length = size * count;
    if (self->body_length + length > ANSWER_MAX_BYTES)
        return 0;
    self->body = auto_grow(self->body, &self->body_cap, self->body_length + length + 1, 1);
    memcpy(self->body + self->body_length, data, length);
    self->body_length += length;
    return length;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)arg, (void)a, (void)b, (void)c, (void)d;
    return interrupt_pending() ? 1 : 0;
}

static bool is_token(const char *text) { return strncmp(text, "dms_", 4) == 0 && strchr(text, ':') == NULL; }

/* First line of the file.  A file that others can read is refused: the password would be anybody's. */
static err_t read_credentials(const char *path, char **ret_text, err_info_t *reterr)
{
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return err_set(reterr, ERR_IO, "credentials file \"%s\" could not be read: %s", path, strerror(errno));
    if ((st.st_mode & 077) != 0) {
        err_set(reterr, ERR_FORBIDDEN, "credentials file \"%s\" is accessible to others (mode %04o)", path,
                (unsigned)st.st_mode & 07777u);
        err_hint(reterr, "chmod 0600 %s", path);
        return ERR_FORBIDDEN;
    }
    char text[1024];
    ssize_t n = read(fd, text, sizeof text - 1);
    if (n < 0)
        return err_set(reterr, ERR_IO, "credentials file \"%s\" could not be read: %s", path, strerror(errno));
    text[n] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    if (strchr(text, ':') == NULL && !is_token(text))
        return err_set(reterr, ERR_CONFIG, "credentials file \"%s\" has neither user:password nor a token in its first line", path);
    *ret_text = auto_strdup(text);
    explicit_bzero(text, sizeof text);
    return ERR_OK;
}

static err_t set_url(rpc_client_t *self, const char *url, err_info_t *reterr)
{
    const char *host = strstr(url, "://");
    if (host == NULL || (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0))
        return err_set(reterr, ERR_INVALID_ARGUMENT, "\"%s\" is not an http or https URL", url);
    host += 3;
    size_t length = strcspn(host, "/");
    if (memchr(host, '@', length) != NULL) {
        err_set(reterr, ERR_INVALID_ARGUMENT, "the URL must not contain user and password: every user can see it");
        err_hint(reterr, "put user:password into a file of mode 0600 and name it by --credentials");
        return ERR_INVALID_ARGUMENT;
    }
    bool no_path = host[length] == '\0' || strcmp(host + length, "/") == 0;
    self->url = auto_printf("%.*s%s", (int)(host - url) + (int)length, url, no_path ? "/admin_dms" : host + length);
    self->where = auto_strdup(self->url);
    return ERR_OK;
}

err_t rpc_client_open(const rpc_client_options_t *options, rpc_client_t **ret_client, err_info_t *reterr)
{
    AUTO(rpc_client) self = auto_calloc(1, sizeof *self);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    self->curl = curl_easy_init();
    if (self->curl == NULL)
        return err_set(reterr, ERR_INTERNAL, "libcurl could not be initialised");
    curl_easy_setopt(self->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(self->curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(self->curl, CURLOPT_WRITEDATA, self);
    curl_easy_setopt(self->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(self->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(self->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(self->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    self->headers = curl_slist_append(NULL, "Content-Type: application/json");
    self->headers = curl_slist_append(self->headers, "Expect:"); /* no round trip before a large body */
    curl_easy_setopt(self->curl, CURLOPT_HTTPHEADER, self->headers);
    if (options->url == NULL) {
        self->local = true;
        self->url = auto_strdup("http://localhost/admin_dms");
        self->where = auto_strdup(options->socket);
        if (curl_easy_setopt(self->curl, CURLOPT_UNIX_SOCKET_PATH, options->socket) != CURLE_OK || strlen(options->socket) > 107)
            return err_set(reterr, ERR_INVALID_ARGUMENT, "socket path \"%s\" is too long", options->socket);
        curl_easy_setopt(self->curl, CURLOPT_PROXY, "");
    } else {
        err_t err = set_url(self, options->url, reterr);
        if (err != ERR_OK)
            return err;
        if (options->credentials != NULL) {
            char *text = NULL;
            if ((err = read_credentials(options->credentials, &text, reterr)) != ERR_OK)
                return err;
            /* curl keeps its own copy */
            curl_easy_setopt(self->curl, is_token(text) ? CURLOPT_XOAUTH2_BEARER : CURLOPT_USERPWD, text);
            curl_easy_setopt(self->curl, CURLOPT_HTTPAUTH, is_token(text) ? (long)CURLAUTH_BEARER : (long)CURLAUTH_BASIC);
            explicit_bzero(text, strlen(text));
            free(text);
        } else if (options->cert == NULL) {
            curl_easy_setopt(self->curl, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
        }
        if (options->cert != NULL) {
            curl_easy_setopt(self->curl, CURLOPT_SSLCERT, options->cert);
            curl_easy_setopt(self->curl, CURLOPT_SSLKEY, options->cert);
        }
        if (options->cacert != NULL)
            curl_easy_setopt(self->curl, CURLOPT_CAINFO, options->cacert);
    }
    curl_easy_setopt(self->curl, CURLOPT_URL, self->url);
    *ret_client = self;
    self = NULL;
    return ERR_OK;
}

void rpc_client_destroy(rpc_client_t **self)
{
    if (*self == NULL)
        return;
    if ((*self)->curl != NULL)
        curl_easy_cleanup((*self)->curl);
    curl_slist_free_all((*self)->headers);
    json_decref((*self)->error);
    free((*self)->url);
    free((*self)->where);
    free((*self)->body);
    free(*self);
    *self = NULL;
}

static err_t transport_error(const rpc_client_t *self, CURLcode code, err_info_t *reterr)
{
    long os_errno = 0;
    curl_easy_getinfo(self->curl, CURLINFO_OS_ERRNO, &os_errno);
    const char *why = os_errno != 0 ? strerror((int)os_errno) : curl_easy_strerror(code);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return err_set(reterr, ERR_REFUSED, "interrupted");
    if (code == CURLE_OPERATION_TIMEDOUT)
        return err_set(reterr, ERR_TIMEOUT, "controller at %s did not answer in time", self->where);
    if (code == CURLE_WRITE_ERROR)
        return err_set(reterr, ERR_LIMIT, "answer of the controller is larger than %d MB", ANSWER_MAX_BYTES / 1024 / 1024);
    err_set(reterr, ERR_CONTROLLER_UNREACHABLE, "controller at %s could not be reached: %s", self->where, why);
    if (self->local && os_errno == EACCES)
        err_hint(reterr, "your user is in none of the groups that may use the controller");
    else if (self->local)
        err_hint(reterr, "is dms-controller running? --socket or DMS_SOCKET names another socket, --url another machine");
    return ERR_CONTROLLER_UNREACHABLE;
}

static err_t by_name(const char *name)
{
    for (int code = 1; name != NULL && code < ERR_COUNT; code++) {
        if (strcmp(err_row((err_t)code)->name, name) == 0)
            return (err_t)code;
    }
    return ERR_OK;
}

/* The controller's error as err_info_t.  Older and newer controllers may send names that we do not know: the number decides then. */
err_t rpc_client_read_error(const json_t *error, err_info_t *reterr)
{
    const json_t *data = json_object_get(error, "data");
    const json_t *name = json_object_get(data, "error_name");
    err_t code = by_name(json_string_value(name != NULL ? name : json_object_get(data, "error")));
    json_int_t number = json_integer_value(json_object_get(error, "code"));
    for (int i = 1; code == ERR_OK && i < ERR_COUNT; i++) {
        if (err_row((err_t)i)->rpc_code == number)
            code = (err_t)i;
    }
    if (code == ERR_OK)
        code = ERR_INTERNAL;
    const char *message = json_string_value(json_object_get(error, "message"));
    err_set(reterr, code, "%s", message != NULL ? message : err_text(code));
    const char *hint = json_string_value(json_object_get(data, "hint"));
    if (hint != NULL)
        err_hint(reterr, "%s", hint);
    return code;
}

static err_t server_error(rpc_client_t *self, json_t *error, err_info_t *reterr)
{
    self->error = json_incref(error);
    return rpc_client_read_error(error, reterr);
}

static err_t read_answer(rpc_client_t *self, const char *method, json_t **ret_result, err_info_t *reterr)
{
    long status = 0;
    curl_easy_getinfo(self->curl, CURLINFO_RESPONSE_CODE, &status);
    json_error_t why;
    json_auto_t *answer = json_loadb(self->body != NULL ? self->body : "", self->body_length, JSON_ALLOW_NUL, &why);
    json_t *error = json_object_get(answer, "error");
    json_t *result = json_object_get(answer, "result");
    if (json_is_object(error))
        return server_error(self, error, reterr);
    if (result != NULL) {
        *ret_result = json_incref(result);
        return ERR_OK;
    }
    if (status == 401) {
        err_set(reterr, ERR_AUTH_REQUIRED, "%s wants a user and password", self->where);
        err_hint(reterr, "--credentials FILE (or DMS_CREDENTIALS) with user:password, or ~/.netrc");
        return ERR_AUTH_REQUIRED;
    }
    if (status == 403)
        return err_set(reterr, ERR_FORBIDDEN, "%s refuses this user", self->where);
    if (status == 413)
        return err_set(reterr, ERR_LIMIT, "the request is larger than the controller takes");
    return err_set(reterr, ERR_PROTOCOL, "%s answered %s with HTTP status %ld and no JSON-RPC answer", self->where, method, status);
}

err_t rpc_client_call(rpc_client_t *self, const char *method, json_t *params, int64_t timeout_ms, json_t **ret_result,
                      err_info_t *reterr)
{
    json_decref(self->error);
    self->error = NULL;
    self->body_length = 0;
    json_auto_t *request = json_pack("{s:s s:I s:s s:o}", "jsonrpc", "2.0", "id", (json_int_t)++self->last_id, "method", method,
                                     "params", params != NULL ? params : json_object());
    AUTO_FREE char *text = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    if (text == NULL)
        return err_set(reterr, ERR_INVALID_ARGUMENT, "an argument of %s is not UTF-8 text", method);
    curl_easy_setopt(self->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(text));
    curl_easy_setopt(self->curl, CURLOPT_POSTFIELDS, text);
    curl_easy_setopt(self->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    CURLcode code = curl_easy_perform(self->curl);
    if (code != CURLE_OK)
        return transport_error(self, code, reterr);
    return read_answer(self, method, ret_result, reterr);
}

const json_t *rpc_client_error(const rpc_client_t *self) { return self->error; }
