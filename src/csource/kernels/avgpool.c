/* The mean of each window. Cells of the padding count as zeros if count_padding is set. */
static int cells_of(int start, int kernel, int size, int padding) {
    return (start + kernel < size + padding ? start + kernel : size + padding) - start;
}

static float avgpool_at(const struct layer *l, int count_padding, const float *in, int top, int left) {
    const struct span rows = span_of(top, l->kernel_height, 1, l->height),
                      columns = span_of(left, l->kernel_width, 1, l->width);
    int cells = (rows.to - rows.from) * (columns.to - columns.from);
    float sum = 0.0F;
    for (int i = rows.from; i < rows.to; i++)
        for (int j = columns.from; j < columns.to; j++) sum += in[(top + i) * l->width + left + j];
    if (count_padding)
        cells = cells_of(top, l->kernel_height, l->height, l->padding_height) *
                cells_of(left, l->kernel_width, l->width, l->padding_width);
    return sum / (float)cells;
}

static void avgpool(const struct layer *l, int count_padding, const float *in, float *out) {
    for (int c = 0; c < l->channels; c++, in += l->height * l->width)
        for (int p = 0; p < l->out_height; p++)
            for (int q = 0; q < l->out_width; q++)
                *out++ = avgpool_at(l, count_padding, in, p * l->stride_height - l->padding_height,
                                    q * l->stride_width - l->padding_width);
}
