#include "controller/api/auth.h"
#include "controller/store/account_store.h"
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CACHE_SLOTS = 256, CACHE_MS = 60000, GROUPS_MAX = 32, CREDENTIALS_MAX = 2048, DIGEST = 32 };

/* A verified password: what was sent and what was stored, both as keyed digests. */
typedef struct {
    uint8_t sent[DIGEST], stored[DIGEST];
    mono_t until;
} slot_t;

struct auth {
    gid_t admin[GROUPS_MAX], helpdesk[GROUPS_MAX];
    size_t admin_count, helpdesk_count;
    const clock_source_t *clock;
    uint8_t key[crypto_generichash_KEYBYTES];
    char dummy[crypto_pwhash_STRBYTES]; /* verified for unknown logins */
    slot_t slots[CACHE_SLOTS];
    pthread_mutex_t cache_lock;
    pthread_mutex_t verify_lock; /* one argon2 at a time: its memory is counted once */
};

void auth_caller_done(auth_caller_t *self)
{
    char **strings[] = {&self->role_name, &self->sectag, &self->login, &self->front_end, &self->address};
    for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
        free(*strings[i]);
    *self = (auth_caller_t){0};
}

static void finish(auth_caller_t *self)
{
    self->caller.role_name = self->role_name;
    self->caller.sectag = self->sectag;
    self->caller.login = self->login;
    self->caller.front_end = self->front_end;
    self->caller.address = self->address;
}

static err_t read_groups(const char *names, gid_t *ret_gids, size_t *ret_count, err_info_t *reterr)
{
    AUTO_FREE char *copy = auto_strdup(names != NULL ? names : "");
    char *rest = copy;
    for (char *name; (name = strsep(&rest, " ,\t")) != NULL;) {
        if (name[0] == '\0')
            continue;
        const struct group *group = getgrnam(name); /* at start: one thread */
        if (group == NULL)
            return err_set(reterr, ERR_CONFIG, "there is no group \"%s\"", name);
        if (*ret_count == GROUPS_MAX)
            return err_set(reterr, ERR_CONFIG, "more than %d groups", GROUPS_MAX);
        ret_gids[(*ret_count)++] = group->gr_gid;
    }
    return ERR_OK;
}

err_t auth_new(const char *admin_groups, const char *helpdesk_groups, const clock_source_t *clock, auth_t **ret_auth,
               err_info_t *reterr)
{
    if (sodium_init() < 0)
        return err_set(reterr, ERR_INTERNAL, "libsodium cannot start");
    auth_t *self = auto_calloc(1, sizeof *self);
    self->clock = clock;
    pthread_mutex_init(&self->cache_lock, NULL);
    pthread_mutex_init(&self->verify_lock, NULL);
    randombytes_buf(self->key, sizeof self->key);
    char random[32];
    randombytes_buf(random, sizeof random);
    err_t err = read_groups(admin_groups, self->admin, &self->admin_count, reterr);
    if (err == ERR_OK)
        err = read_groups(helpdesk_groups, self->helpdesk, &self->helpdesk_count, reterr);
    if (err == ERR_OK &&
        crypto_pwhash_str(self->dummy, random, sizeof random, ACCOUNT_STORE_OPSLIMIT, ACCOUNT_STORE_MEMLIMIT) != 0)
        err = err_set(reterr, ERR_INTERNAL, "argon2 has not enough memory");
    if (err != ERR_OK) {
        auth_destroy(&self);
        return err;
    }
    *ret_auth = self;
    return ERR_OK;
}

void auth_destroy(auth_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    pthread_mutex_destroy(&(*self)->cache_lock);
    pthread_mutex_destroy(&(*self)->verify_lock);
    sodium_memzero(*self, sizeof **self);
    free(*self);
    *self = NULL;
}

/* ---- unix socket */
static bool common(const gid_t *a, size_t a_count, const gid_t *b, size_t b_count)
{
    for (size_t i = 0; i < a_count; i++) {
        for (size_t k = 0; k < b_count; k++) {
            if (a[i] == b[k])
                return true;
        }
    }
    return false;
}

static char *user_name(uid_t uid)
{
    char buffer[4096];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        return auto_strdup(found->pw_name);
    return auto_printf("uid%u", (unsigned)uid);
}

err_t auth_peer(const auth_t *self, uid_t uid, const gid_t *groups, size_t group_count, auth_caller_t *ret_caller,
                err_info_t *reterr)
{
    bool admin = uid == 0 || uid == getuid() || common(groups, group_count, self->admin, self->admin_count);
    if (!admin && !common(groups, group_count, self->helpdesk, self->helpdesk_count)) {
        AUTO_FREE char *name = user_name(uid);
        return err_set(reterr, ERR_FORBIDDEN, "user \"%s\" is in no administrator or help desk group", name);
    }
    *ret_caller = (auth_caller_t){.caller.role = admin ? ROLE_ADMIN : ROLE_HELPDESK,
                                  .role_name = auto_strdup(admin ? "admin" : "helpdesk"),
                                  .sectag = auto_strdup("Admin"),
                                  .login = user_name(uid),
                                  .front_end = auto_strdup("socket")};
    finish(ret_caller);
    return ERR_OK;
}

/* ---- Basic: "Basic " base64(login ":" password), RFC 7617 */
typedef struct {
    char text[CREDENTIALS_MAX + 1]; /* "login\0password" */
    size_t login_len, password_len;
} credentials_t;

static bool decode(const char *authorization, credentials_t *ret)
{
    *ret = (credentials_t){0};
    if (authorization == NULL || strncasecmp(authorization, "Basic ", 6) != 0)
        return false;
    const char *base64 = authorization + 6 + strspn(authorization + 6, " ");
    size_t len = 0;
    const char *end = NULL;
    if (sodium_base642bin((unsigned char *)ret->text, CREDENTIALS_MAX, base64, strlen(base64), NULL, &len, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end[strspn(end, " ")] != '\0')
        return false;
    char *colon = memchr(ret->text, ':', len);
    if (colon == NULL || memchr(ret->text, '\0', len) != NULL)
        return false;
    *colon = '\0';
    ret->login_len = (size_t)(colon - ret->text);
    ret->password_len = len - ret->login_len - 1;
    return true;
}

static const char *password_of(const credentials_t *c) { return c->text + c->login_len + 1; }

static void digest(const auth_t *self, const char *uri, const credentials_t *c, uint8_t ret_digest[DIGEST])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, self->key, sizeof self->key, DIGEST);
    crypto_generichash_update(&state, (const unsigned char *)uri, strlen(uri) + 1);
    crypto_generichash_update(&state, (const unsigned char *)c->text, c->login_len + 1 + c->password_len);
    crypto_generichash_final(&state, ret_digest, DIGEST);
}

static bool cached(auth_t *self, const uint8_t sent[DIGEST], const uint8_t stored[DIGEST])
{
    slot_t *slot = &self->slots[sent[0]];
    pthread_mutex_lock(&self->cache_lock);
    bool hit = sodium_memcmp(slot->sent, sent, DIGEST) == 0 && sodium_memcmp(slot->stored, stored, DIGEST) == 0 &&
               clock_mono(self->clock).us < slot->until.us;
    pthread_mutex_unlock(&self->cache_lock);
    return hit;
}

static void remember(auth_t *self, const uint8_t sent[DIGEST], const uint8_t stored[DIGEST])
{
    slot_t *slot = &self->slots[sent[0]];
    pthread_mutex_lock(&self->cache_lock);
    memcpy(slot->sent, sent, DIGEST);
    memcpy(slot->stored, stored, DIGEST);
    slot->until = mono_add_ms(clock_mono(self->clock), CACHE_MS);
    pthread_mutex_unlock(&self->cache_lock);
}

static bool verify(auth_t *self, const char *uri, const credentials_t *c, const account_row_t *account)
{
    bool usable = account->id != 0 && account->enabled && account->password_hash != NULL;
    const char *hash = usable ? account->password_hash : self->dummy;
    uint8_t sent[DIGEST], stored[DIGEST];
    digest(self, uri, c, sent);
    crypto_generichash(stored, DIGEST, (const unsigned char *)hash, strlen(hash), self->key, sizeof self->key);
    if (usable && cached(self, sent, stored))
        return true;
    pthread_mutex_lock(&self->verify_lock);
    bool right = crypto_pwhash_str_verify(hash, password_of(c), c->password_len) == 0;
    pthread_mutex_unlock(&self->verify_lock);
    if (usable && right)
        remember(self, sent, stored);
    return usable && right;
}

err_t auth_basic(auth_t *self, db_t *db, const char *uri, const char *authorization, const char *address,
                 auth_caller_t *ret_caller, err_info_t *reterr)
{
    credentials_t c;
    if (!decode(authorization, &c)) {
        sodium_memzero(&c, sizeof c);
        return err_set(reterr, ERR_AUTH_REQUIRED, "log in with Basic authentication");
    }
    front_end_row_t front_end = {0};
    account_row_t account = {0};
    err_t err = account_store_login(db, uri, c.text, &front_end, &account, reterr);
    if (err == ERR_OK && !verify(self, uri, &c, &account))
        err = err_set(reterr, ERR_AUTH_REQUIRED, "login or password is wrong");
    if (err == ERR_OK) {
        *ret_caller = (auth_caller_t){.caller = {.role = front_end.role, .sectag_id = front_end.sectag_id},
                                      .role_name = auto_strdup(front_end.role_name),
                                      .sectag = auto_strdup(front_end.sectag),
                                      .login = auto_strdup(account.login),
                                      .front_end = auto_strdup(uri),
                                      .address = auto_strdup(address)};
        finish(ret_caller);
    }
    sodium_memzero(&c, sizeof c);
    front_end_row_done(&front_end);
    account_row_done(&account);
    return err;
}
