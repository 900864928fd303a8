/* What goes with what. */
#include "data_flags.h"
#include "output.h"

int cli_data_flags_check(const struct linnet_data_opts *opts) {
    if (!opts->split_file) return LINNET_OK;
    const char *other = opts->split        ? "split"
                        : opts->stratify   ? "stratify"
                        : opts->group_near ? "group-near"
                        : opts->skip_bad   ? "skip-bad"
                                           : NULL;
    if (!other) return LINNET_OK;
    return cli_fail(LINNET_ERR_USAGE, "--%s does not go with --split-file, which settles the parts", other);
}
