/* Ctrl-C as a flag: calls and waits end early, the session goes on. */
#ifndef DMS_ZONE_TOOL_INTERRUPT_H
#define DMS_ZONE_TOOL_INTERRUPT_H
#include <stdbool.h>
void interrupt_init(void); /* SIGINT sets the flag, SIGPIPE is ignored; system calls are not restarted */
bool interrupt_pending(void);
void interrupt_clear(void);
#endif
