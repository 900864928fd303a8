static void silu(int count, const float *in, float *out) {
    for (int i = 0; i < count; i++) out[i] = in[i] / (1.0F + expf(-in[i]));
}
