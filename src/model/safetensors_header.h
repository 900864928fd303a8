/* Parsing and checking the header of a safetensors file. The reader checks what a file holds; the writer
 * checks its own header with the same code, so it never writes a file that the reader would refuse. */
#ifndef LN_MODEL_SAFETENSORS_HEADER_H
#define LN_MODEL_SAFETENSORS_HEADER_H

#include "model/safetensors.h"

struct ln_st_header {
    struct ln_st_tensor *tensors; /* sorted by offset, counted from the first data byte */
    size_t count;
    struct ln_st_pair *metadata;
    size_t metadata_count;
    uint64_t data_bytes; /* total size of all tensors */
};

/* `path` is for messages. Gives all "st-..." codes except st-header-length and st-file-length. On failure
 * *header is zeroed. */
LN_MUST_CHECK int ln_st_header_parse(struct ln_st_header *header, const char *path, const char *text,
                                     size_t size);
void ln_st_header_fini(struct ln_st_header *header);

#endif
