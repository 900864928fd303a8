/* Nine digits of a float, for ln_text_real. */
#ifndef LN_BASE_TEXT_FLOAT_H
#define LN_BASE_TEXT_FLOAT_H

#include "base/text.h"

/* False if the C library has to print the number: it is zero, tiny, huge or not finite. */
bool ln_text_float(float value, char out[LN_REAL_MAX]);

#endif
