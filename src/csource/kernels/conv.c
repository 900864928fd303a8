/* Convolution with weights [out_channels][channels / groups][kernel_height][kernel_width]. */
static float conv_at(const struct layer *l, const float *weight, const float *in, int top, int left) {
    const struct span rows = span_of(top, l->kernel_height, l->dilation_height, l->height),
                      columns = span_of(left, l->kernel_width, l->dilation_width, l->width);
    const int channels = l->channels / l->groups;
    float sum = 0.0F;
    for (int c = 0; c < channels; c++) {
        for (int i = rows.from; i < rows.to; i++) {
            const float *w = weight + i * l->kernel_width;
            const int row = (top + i * l->dilation_height) * l->width + left;
            for (int j = columns.from; j < columns.to; j++) sum += w[j] * in[row + j * l->dilation_width];
        }
        weight += l->kernel_height * l->kernel_width;
        in += l->height * l->width;
    }
    return sum;
}

static void conv(const struct layer *l, const float *weight, const float *bias, const float *in, float *out) {
    const int channels = l->channels / l->groups, kernel = channels * l->kernel_height * l->kernel_width;
    for (int k = 0; k < l->out_channels; k++, weight += kernel) {
        const int group = k / (l->out_channels / l->groups);
        const float *x = in + group * channels * l->height * l->width;
        for (int p = 0; p < l->out_height; p++)
            for (int q = 0; q < l->out_width; q++)
                *out++ =
                    (bias ? bias[k] : 0.0F) + conv_at(l, weight, x, p * l->stride_height - l->padding_height,
                                                      q * l->stride_width - l->padding_width);
    }
}
