#include "count.h"

static void end_word(struct count *count) {
    if (count->length > 0 && count->length >= count->minimum) count->words++;
    count->length = 0;
}

void count_add(struct count *count, const char *bytes, size_t size) {
    for (size_t index = 0; index < size; index++) {
        unsigned char byte = (unsigned char)bytes[index];
        count->in_a_line = byte != '\n';
        if (byte == ' ' || (byte >= '\t' && byte <= '\r')) end_word(count);
        else if ((byte & 0xC0) != 0x80) count->length++; // what follows in a character counts no further
        if (byte == '\n') count->lines++;
    }
}

void count_end(struct count *count) {
    end_word(count);
    if (count->in_a_line) count->lines++;
}
