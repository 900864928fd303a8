static void relu(int count, const float *in, float *out) {
    for (int i = 0; i < count; i++) out[i] = in[i] < 0.0F ? 0.0F : in[i];
}
