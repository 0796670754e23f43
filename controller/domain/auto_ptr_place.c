/* Automatic PTR records: which reverse zone an address belongs to. */
#include "controller/domain/auto_ptr.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

void auto_ptr_nets_free(auto_ptr_net_t *nets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(nets[i].name);
        free(nets[i].reference);
    }
    free(nets);
}

/* An address as a network of so many bits. */
static auto_ptr_net_t net_of(const uint8_t address[16], bool v6, unsigned bits)
{
    auto_ptr_net_t net = {.v6 = v6, .bits = bits};
    memcpy(net.address, address, bits / 8);
    if (bits % 8 != 0)
        net.address[bits / 8] = (uint8_t)(address[bits / 8] & (0xff00u >> (bits % 8)));
    return net;
}

static bool parse(const auto_ptr_change_t *change, uint8_t ret_address[16], bool *ret_v6)
{
    *ret_v6 = change->type == RR_AAAA;
    memset(ret_address, 0, 16);
    return inet_pton(*ret_v6 ? AF_INET6 : AF_INET, change->rdata, ret_address) == 1;
}

/* Longest masks first. */
static int by_net(const void *a, const void *b)
{
    const auto_ptr_net_t *x = a, *y = b;
    int order = (x->v6 > y->v6) - (x->v6 < y->v6);
    order = order != 0 ? order : (x->bits < y->bits) - (x->bits > y->bits);
    return order != 0 ? order : memcmp(x->address, y->address, sizeof(x->address));
}

void auto_ptr_blocks(const auto_ptr_changes_t *changes, char ***ret_blocks, size_t *ret_count)
{
    AUTO_FREE auto_ptr_net_t *nets = auto_calloc(changes->count + 1, sizeof(*nets));
    size_t count = 0;
    for (size_t i = 0; i < changes->count; i++) {
        uint8_t address[16];
        bool v6;
        if (parse(&changes->items[i], address, &v6))
            nets[count++] = net_of(address, v6, v6 ? 64 : 24);
    }
    if (count > 0)
        qsort(nets, count, sizeof(*nets), by_net);
    *ret_blocks = auto_calloc(count + 1, sizeof(**ret_blocks));
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        char text[INET6_ADDRSTRLEN];
        if (i > 0 && by_net(&nets[i - 1], &nets[i]) == 0)
            continue;
        inet_ntop(nets[i].v6 ? AF_INET6 : AF_INET, nets[i].address, text, sizeof(text));
        (*ret_blocks)[(*ret_count)++] = auto_printf("%s/%u", text, nets[i].bits);
    }
}

static void add(auto_ptr_changes_t *changes, size_t of, const auto_ptr_net_t *net)
{
    changes->items = auto_grow(changes->items, &changes->cap, changes->count + 1, sizeof(*changes->items));
    auto_ptr_change_t *copy = &changes->items[changes->count++];
    *copy = changes->items[of];
    copy->label = auto_strdup(copy->label);
    copy->rdata = auto_strdup(copy->rdata);
    copy->net = net;
}

void auto_ptr_place(auto_ptr_changes_t *changes, auto_ptr_net_t *nets, size_t net_count)
{
    if (net_count > 0)
        qsort(nets, net_count, sizeof(*nets), by_net);
    size_t count = changes->count; /* without those that are added */
    for (size_t i = 0; i < count; i++) {
        uint8_t address[16];
        bool v6;
        if (!parse(&changes->items[i], address, &v6))
            continue;
        for (size_t n = 0, next; n < net_count; n = next) { /* by masks */
            for (next = n; next < net_count && nets[next].v6 == nets[n].v6 && nets[next].bits == nets[n].bits;)
                next++;
            if (nets[n].v6 != v6)
                continue;
            const auto_ptr_net_t key = net_of(address, v6, nets[n].bits);
            const auto_ptr_net_t *found = bsearch(&key, nets + n, next - n, sizeof(*nets), by_net);
            if (found == NULL)
                continue;
            if (changes->items[i].net == NULL)
                changes->items[i].net = found;
            else
                add(changes, i, found);
            if (changes->items[i].kind != AUTO_PTR_GONE)
                break;
        }
    }
}
