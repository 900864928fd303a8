/* Names that begin with the class: cat.12.jpg, american_bulldog_3.png, dog (4).jpg. */
#ifndef LN_DATA_FLAT_H
#define LN_DATA_FLAT_H

#include "base/file.h"
#include "data/listing.h"

/* How many bytes of an image file's name are its class: what is before the first number that stands by
 * itself, else before the first digit, without separators (". _-(" and the like) at the end. 0: no such name,
 * or none that an image would have. */
size_t ln_flat_class(const char *name);

/* Does the name end as an image file's does? */
bool ln_flat_is_image(const char *name);

/* Adds those of the folder's files whose names say a class, class by class. `defines_classes`: the classes are those
 * found, in byte order; else each must be one of the listing's. *skipped: the others, hidden ones and folders
 * apart. */
LN_MUST_CHECK int ln_flat_list(struct ln_listing *listing, const char *folder,
                               const struct ln_file_list *files, int part, bool defines_classes,
                               size_t *skipped);

#endif
