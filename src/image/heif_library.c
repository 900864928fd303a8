/* Loads libheif at run time. */
#include "image/heif_library.h"
#include "base/library.h"

#include <dlfcn.h>

static const char library_name[] = "libheif.so.1";

#define AT(field) offsetof(struct ln_heif, field)
static const struct ln_library_function functions[] = {
    {"heif_context_alloc", AT(context_alloc)},
    {"heif_context_free", AT(context_free)},
    {"heif_context_set_maximum_image_size_limit", AT(set_size_limit)},
    {"heif_context_set_max_decoding_threads", AT(set_threads)},
    {"heif_context_read_from_memory_without_copy", AT(read)},
    {"heif_context_get_primary_image_handle", AT(primary)},
    {"heif_image_handle_get_width", AT(width)},
    {"heif_image_handle_get_height", AT(height)},
    {"heif_image_handle_release", AT(handle_release)},
    {"heif_decode_image", AT(decode)},
    {"heif_image_get_width", AT(image_width)},
    {"heif_image_get_height", AT(image_height)},
    {"heif_image_get_plane_readonly", AT(plane)},
    {"heif_image_release", AT(image_release)},
};

/* RTLD_NODELETE: the library stays loaded after dlclose, so that only the first picture pays for loading it. */
int ln_heif_open(struct ln_heif *heif, const char *name) {
    *heif = (struct ln_heif){.library = dlopen(library_name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE)};
    if (heif->library)
        return ln_library_find(heif->library, functions, sizeof functions / sizeof *functions, heif,
                               "img-heif", "libheif");
    return ln_fail(
        LINNET_ERR_INPUT, "img-unsupported",
        "%s: HEIC and AVIF are read by libheif, and %s cannot be loaded; Debian's package is libheif1", name,
        library_name);
}

void ln_heif_close(struct ln_heif *heif) {
    if (heif->library) dlclose(heif->library);
}
