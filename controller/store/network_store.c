#include "controller/store/network_store.h"
#include <string.h>

enum { S_AROUND, S_INSIDE };
static const db_stmt_t s_network[] = {
    [S_AROUND] = {"network_around", "select distinct z.name from reverse_network n join zone z on z.id = n.zone_id where n.network >>= $1 limit 10000",
                  "inet", "text"},
    [S_INSIDE] = {"network_inside", "select distinct z.name from reverse_network n join zone z on z.id = n.zone_id where n.network <<= $1 limit 10000",
                  "inet", "text"},
};

__attribute__((constructor)) static void register_statements(void)
{
    db_register(s_network, ARRAY_SIZE(s_network));
}

err_t network_store_zones(db_t *db, const char *inet, char ***ret_names, size_t *ret_count, err_info_t *reterr)
{
    AUTO_ARGS args = DB_ARGS_INIT;
    db_arg_text(&args, inet);
    AUTO(db_rows) rows = NULL;
    err_t e = db_exec(db, &s_network[strchr(inet, '/') != NULL ? S_INSIDE : S_AROUND], &args, &rows, reterr);
    if (e != ERR_OK)
        return e;
    *ret_count = db_rows_count(rows);
    *ret_names = auto_calloc(*ret_count + 1, sizeof(**ret_names));
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_names)[i] = db_dup(rows, i, 0);
    return ERR_OK;
}
