#include "zone_tool/listing.h"
#include "zone_tool/interrupt.h"

enum { PAGE = 1000 };

static void show_page(tool_t *tool, const args_t *args, const listing_t *listing, json_t *page, json_t *all)
{
    size_t i;
    json_t *item;
    if (output_is_json(tool->out)) {
        json_array_extend(all, page);
        return;
    }
    json_array_foreach(page, i, item) listing->line(tool, args, item);
}

int listing_show(tool_t *tool, const args_t *args, const listing_t *listing, json_t *params, int64_t most)
{
    json_auto_t *asked = params;
    json_auto_t *all = json_array();
    int64_t shown = 0;
    size_t got = PAGE, wanted = PAGE;
    for (bool first = true; got == wanted && (most == 0 || shown < most) && !interrupt_pending(); first = false) {
        json_auto_t *page = NULL;
        AUTO_ERR info = ERR_INFO_INIT;
        wanted = most > 0 && most - shown < PAGE ? (size_t)(most - shown) : PAGE;
        json_object_set_new(asked, "limit", json_integer((json_int_t)wanted));
        err_t err = rpc_client_call(tool->rpc, listing->method, json_copy(asked), RPC_CLIENT_TIMEOUT_MS, &page, &info);
        if (err == ERR_NO_ZONES_FOUND && !first)
            break; /* the page before was the last one, and full */
        if (err != ERR_OK)
            return tool_fail_call(tool, &info);
        got = json_array_size(page);
        shown += (int64_t)got;
        show_page(tool, args, listing, page, all);
        const json_t *last = got > 0 ? json_array_get(page, got - 1) : NULL;
        for (size_t i = 0; i < ARRAY_SIZE(listing->behind) && listing->behind[i].param != NULL; i++)
            json_object_set(asked, listing->behind[i].param, json_object_get(last, listing->behind[i].member));
    }
    if (output_is_json(tool->out))
        output_print_json(tool->out, all);
    return EXIT_OK;
}
