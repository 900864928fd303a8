/* p = min(1, 2 P(X <= k)), X ~ Binomial(n, 1/2), n = first + second, k the smaller of the two. */
#include "train/mcnemar.h"

#include <math.h>

double ln_mcnemar(int64_t first, int64_t second) {
    const double n = (double)first + (double)second, k = (double)(first < second ? first : second);
    int sign;
    /* P(X = k); the sum then goes down: P(X = i - 1) = P(X = i) i / (n - i + 1). */
    double term =
        exp(lgamma_r(n + 1, &sign) - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign) - n * log(2));
    double sum = 0;
    for (double i = k; term > 0; i--) {
        sum += term;
        term *= i / (n - i + 1);
    }
    return fmin(1, 2 * sum);
}
