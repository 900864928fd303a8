/* Logits become probabilities; returns the class of the largest. */
static int softmax(int classes, float temperature, const float *logits, float *probabilities) {
    int best = 0;
    float sum = 0.0F;
    for (int k = 1; k < classes; k++)
        if (logits[k] > logits[best]) best = k;
    const float most = logits[best];
    for (int k = 0; k < classes; k++) sum += probabilities[k] = expf((logits[k] - most) / temperature);
    for (int k = 0; k < classes; k++) probabilities[k] /= sum;
    return best;
}
