/* Batch normalisation in inference: a scale and a shift for each channel. */
static void scale(int channels, int plane, const float *factor, const float *shift, const float *in,
                  float *out) {
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < plane; i++) *out++ = *in++ * factor[c] + shift[c];
}
