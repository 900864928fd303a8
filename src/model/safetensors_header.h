/* The header of a safetensors file: the one place where its JSON is read and believed, or not. The reader
 * parses what a file holds; the writer parses what it is about to write, so that no file is written which
 * the reader would refuse. */
#ifndef LN_MODEL_SAFETENSORS_HEADER_H
#define LN_MODEL_SAFETENSORS_HEADER_H

#include "model/safetensors.h"

struct ln_st_header {
    struct ln_st_tensor *tensors; /* by offset, which counts from the first byte of data */
    size_t count;
    struct ln_st_pair *metadata;
    size_t metadata_count;
    uint64_t data_bytes; /* of all tensors together */
};

/* `path` is for the messages. Every code "st-..." but st-header-length and st-file-length comes from here. On
 * failure *header is left zeroed. */
LN_MUST_CHECK int ln_st_header_parse(struct ln_st_header *header, const char *path, const char *text,
                                     size_t size);
void ln_st_header_fini(struct ln_st_header *header);

#endif
