/* Local response normalisation across `size` channels: x / (k + alpha / size * the sum of squares)^beta. */
struct lrn {
    int size;
    float alpha, beta, k;
};

static void local_response(int channels, int plane, const struct lrn *l, const float *in, float *out) {
    for (int c = 0; c < channels; c++) {
        const int from = c - l->size / 2 > 0 ? c - l->size / 2 : 0, end = c + (l->size - 1) / 2 + 1,
                  to = end < channels ? end : channels;
        for (int i = 0; i < plane; i++) {
            float squares = 0.0F;
            for (int d = from; d < to; d++) squares += in[d * plane + i] * in[d * plane + i];
            out[c * plane + i] =
                in[c * plane + i] * powf(l->k + l->alpha / (float)l->size * squares, -l->beta);
        }
    }
}
