#include "numbers.h"

#include <stdlib.h>
#include <string.h>

// libjq 1.6 calls the handler that jv_nomem_handler sets at a wrong address, so its allocation is replaced as a whole.

static void (*out_of_memory)(void);

void cjq_when_out_of_memory(void (*handler)(void)) { out_of_memory = handler; }

_Noreturn void cjq_no_memory(void) {
  if (out_of_memory) out_of_memory();
  abort();
}

static void *checked(void *memory) {
  if (!memory) cjq_no_memory();
  return memory;
}

// Nothing of a size that overflowed on its way here is ever granted: malloc refuses what is more than PTRDIFF_MAX.
void *jv_mem_alloc(size_t size) { return checked(malloc(size ? size : 1)); }
void *jv_mem_calloc(size_t count, size_t size) { return checked(calloc(count ? count : 1, size ? size : 1)); }
void *jv_mem_realloc(void *memory, size_t size) { return checked(realloc(memory, size ? size : 1)); }
char *jv_mem_strdup(const char *text) { return checked(strdup(text)); }
