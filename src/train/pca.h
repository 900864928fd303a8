/* Principal components (Pearson, "On lines and planes of closest fit", 1901): the directions in which rows of numbers vary most.
 *
 * By subspace iteration with Rayleigh-Ritz projection (Golub and Van Loan, "Matrix computations", 4th edition, sections 7.3.2
 * and 8.3.7). With C the covariance and V an orthonormal basis of a few more directions than are wanted,
 *
 *     Z = C V,  V' C V = Q L Q' (small),  V <- orthonormal basis of Z Q
 *
 * turns V towards the eigenvectors with the largest eigenvalues. Each step reduces the error of a wanted eigenvector by the ratio of
 * the largest eigenvalue outside the basis to its own. C is never formed: C V is one pass over the rows.
 */
#ifndef LN_TRAIN_PCA_H
#define LN_TRAIN_PCA_H

#include "base/status.h"
#include <stddef.h>

enum { LN_PCA = 2 }; /* components */

/* places[n][LN_PCA]: each row of x[n][d] along the components, from the mean. The number of largest magnitude in each component is
 * positive, so that its sign does not depend on the start. shares[LN_PCA]: of the total variance, 0 if there is none.
 * LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_pca(const float *x, size_t n, size_t d, double *places, double shares[LN_PCA]);

#endif
