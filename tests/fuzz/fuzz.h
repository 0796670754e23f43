/* What every fuzz target defines; libFuzzer or main.c calls it. */
#ifndef DMS_FUZZ_H
#define DMS_FUZZ_H
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#endif
