/* The names of the parts in folders, CSVs and split files. */
#ifndef LN_DATA_PART_NAME_H
#define LN_DATA_PART_NAME_H

#include <linnet/linnet.h>
#include <stddef.h>

/* The part meant by train, training, val, valid, validation, test or testing, in any case; 0 for any other
 * word. */
enum linnet_part ln_part_named(const char *word, size_t length);

#endif
