static void relu6(int count, const float *in, float *out) {
    for (int i = 0; i < count; i++) out[i] = in[i] > 6.0F ? 6.0F : in[i] < 0.0F ? 0.0F : in[i];
}
