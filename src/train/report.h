/* The parts of report.html, which report.c puts together. */
#ifndef LN_TRAIN_REPORT_H
#define LN_TRAIN_REPORT_H

#include "draw/page.h"
#include "train/run_folder.h"

/* report_verdict.c: the accuracy with its interval, what it means, warnings; further figures. */
void ln_report_verdict(struct ln_text *page, const struct ln_run_report *report);
/* report_classes.c: the test part's confusion matrix, reliability diagram and table of classes. LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_report_classes(struct ln_text *page, const struct ln_run_report *report);
/* report_pictures.c: the worst mistakes of the test part with explanations, and a sample of its images. */
LN_MUST_CHECK int ln_report_pictures(struct ln_text *page, const struct ln_run_report *report);

#endif
