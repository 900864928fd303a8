/* The mirror image, and the mean of its probabilities and those of the image. */
static void mirror(int rows, int width, const float *in, float *out) {
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < width; x++) out[y * width + x] = in[y * width + width - 1 - x];
}

static int average(int classes, const float *others, float *probabilities) {
    int best = 0;
    for (int k = 0; k < classes; k++) {
        probabilities[k] = (probabilities[k] + others[k]) / 2.0F;
        if (probabilities[k] > probabilities[best]) best = k;
    }
    return best;
}
