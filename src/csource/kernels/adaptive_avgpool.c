/* The mean of windows that share the input among the outputs. */
static void adaptive_avgpool(const struct layer *l, const float *in, float *out) {
    for (int c = 0; c < l->channels; c++, in += l->height * l->width)
        for (int p = 0; p < l->out_height; p++)
            for (int q = 0; q < l->out_width; q++) {
                const int top = p * l->height / l->out_height, left = q * l->width / l->out_width,
                          bottom = ((p + 1) * l->height + l->out_height - 1) / l->out_height,
                          right = ((q + 1) * l->width + l->out_width - 1) / l->out_width;
                float sum = 0.0F;
                for (int y = top; y < bottom; y++)
                    for (int x = left; x < right; x++) sum += in[y * l->width + x];
                *out++ = sum / (float)((bottom - top) * (right - left));
            }
}
