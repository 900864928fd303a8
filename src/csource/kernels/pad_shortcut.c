/* Every stride-th row and column; the additional channels are zero. */
static void pad_shortcut(const struct layer *l, const float *in, float *out) {
    for (int c = 0; c < l->out_channels; c++)
        for (int p = 0; p < l->out_height; p++)
            for (int q = 0; q < l->out_width; q++)
                *out++ = c < l->channels
                             ? in[(c * l->height + p * l->stride_height) * l->width + q * l->stride_width]
                             : 0.0F;
}
