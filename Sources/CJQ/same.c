#include "numbers.h"

#include <math.h>
#include <stdlib.h>

// Arrays and objects share their parts. One that was doubled forty times is small, and a walk over it that follows every
// reference never ends; this one looks at each part once.

/// Arrays and objects that were looked at; what is invalid stands for a free place.
struct seen {
  jv *places;
  size_t capacity;
  size_t count;
};

/// Where the value is, or the free place where it belongs. Pieces of one array are kept apart.
static jv *place_of(const struct seen *seen, jv value) {
  uint64_t hash = ((uint64_t)(uintptr_t)value.u.ptr + ((uint64_t)value.offset << 32) + (uint64_t)value.size) * 0x9E3779B97F4A7C15u;
  size_t index = (size_t)(hash >> 24) & (seen->capacity - 1);
  while (jv_get_kind(seen->places[index]) != JV_KIND_INVALID) {
    jv other = seen->places[index];
    if (other.u.ptr == value.u.ptr && other.offset == value.offset && other.size == value.size) break;
    index = (index + 1) & (seen->capacity - 1);
  }
  return &seen->places[index];
}

/// Whether the value is new. It is not copied: it lives as long as what holds it.
static int add(struct seen *seen, jv value) {
  if (2 * seen->count >= seen->capacity) {
    struct seen grown = {0};
    grown.capacity = seen->capacity ? 2 * seen->capacity : 64;
    grown.places = calloc(grown.capacity, sizeof *grown.places);
    if (!grown.places) cjq_no_memory();
    for (size_t index = 0; index < seen->capacity; index++)
      if (jv_get_kind(seen->places[index]) != JV_KIND_INVALID) *place_of(&grown, seen->places[index]) = seen->places[index];
    grown.count = seen->count;
    free(seen->places);
    *seen = grown;
  }
  jv *place = place_of(seen, value);
  if (jv_get_kind(*place) != JV_KIND_INVALID) return 0;
  *place = value;
  seen->count++;
  return 1;
}

static int holds_nan(jv value, struct seen *seen) {
  int found = 0;
  jv_kind kind = jv_get_kind(value);
  if (kind == JV_KIND_NUMBER) return isnan(jv_number_value(value));
  if ((kind != JV_KIND_ARRAY && kind != JV_KIND_OBJECT) || !add(seen, value)) return 0;
  if (kind == JV_KIND_ARRAY) {
    int count = jv_array_length(jv_copy(value));
    for (int index = 0; index < count && !found; index++) {
      jv element = jv_array_get(jv_copy(value), index);
      found = holds_nan(element, seen);
      jv_free(element);
    }
    return found;
  }
  for (int place = jv_object_iter(value); jv_object_iter_valid(value, place) && !found;
       place = jv_object_iter_next(value, place)) {
    jv member = jv_object_iter_value(value, place);
    found = holds_nan(member, seen);
    jv_free(member);
  }
  return found;
}

int cjq_is_same(jv a, jv b) {
  if (!jv_identical(jv_copy(a), jv_copy(b))) return 0;
  struct seen seen = {0};
  int found = holds_nan(a, &seen);
  free(seen.places);
  return !found;
}
