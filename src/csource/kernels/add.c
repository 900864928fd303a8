static void add(int count, const float *a, const float *b, float *out) {
    for (int i = 0; i < count; i++) out[i] = a[i] + b[i];
}
