static void hyperbolic_tangent(int count, const float *in, float *out) {
    for (int i = 0; i < count; i++) out[i] = tanhf(in[i]);
}
