/* The largest number of each window. */
static float maxpool_at(const struct layer *l, const float *in, int top, int left) {
    const struct span rows = span_of(top, l->kernel_height, 1, l->height),
                      columns = span_of(left, l->kernel_width, 1, l->width);
    float most = in[(top + rows.from) * l->width + left + columns.from];
    for (int i = rows.from; i < rows.to; i++)
        for (int j = columns.from; j < columns.to; j++) {
            const float x = in[(top + i) * l->width + left + j];
            if (x > most || isnan(x)) most = x;
        }
    return most;
}

static void maxpool(const struct layer *l, const float *in, float *out) {
    for (int c = 0; c < l->channels; c++, in += l->height * l->width)
        for (int p = 0; p < l->out_height; p++)
            for (int q = 0; q < l->out_width; q++)
                *out++ = maxpool_at(l, in, p * l->stride_height - l->padding_height,
                                    q * l->stride_width - l->padding_width);
}
