/* Matrix product with weights [out][in]. */
static void linear(int outputs, int inputs, const float *weight, const float *bias, const float *in,
                   float *out) {
    for (int k = 0; k < outputs; k++, weight += inputs) {
        float sum = 0.0F;
        for (int i = 0; i < inputs; i++) sum += weight[i] * in[i];
        out[k] = sum + (bias ? bias[k] : 0.0F);
    }
}
