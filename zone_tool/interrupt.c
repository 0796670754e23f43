#include "zone_tool/interrupt.h"
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t pending;

static void on_signal(int number)
{
    (void)number;
    pending = 1;
}

void interrupt_init(void)
{
    struct sigaction act = {.sa_handler = on_signal};
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    act.sa_handler = SIG_IGN; /* a pager that is left early must not end the session */
    sigaction(SIGPIPE, &act, NULL);
}

bool interrupt_pending(void) { return pending != 0; }

void interrupt_clear(void) { pending = 0; }
