/* Image files whose names begin with the class: cat.12.jpg, american_bulldog_3.png, dog (4).jpg. */
#ifndef LN_DATA_FLAT_H
#define LN_DATA_FLAT_H

#include "base/file.h"
#include "data/listing.h"

/* The length of the class in an image file's name: everything before the first number that has a separator on
 * both sides, or else before the first digit, without trailing separators (". _-(" and the like). 0 if the
 * name gives no class or is not that of an image. */
size_t ln_flat_class(const char *name);

/* True if the name ends like that of an image file. */
bool ln_flat_is_image(const char *name);

/* Adds the files whose names give a class, class by class. defines_classes: the classes are the ones found
 * here, in byte order; otherwise each class must already be in the listing. *skipped counts the other
 * entries, except hidden ones. */
LN_MUST_CHECK int ln_flat_list(struct ln_listing *listing, const char *folder,
                               const struct ln_file_list *files, int part, bool defines_classes,
                               size_t *skipped);

#endif
