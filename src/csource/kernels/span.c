/* The cells of a kernel that lie inside the input. */
struct span {
    int from, to;
};

static struct span span_of(int start, int kernel, int dilation, int size) {
    struct span s = {start < 0 ? (dilation - 1 - start) / dilation : 0, kernel};
    if (start + (kernel - 1) * dilation >= size) s.to = (size - start + dilation - 1) / dilation;
    return s;
}
