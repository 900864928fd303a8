/* The sizes of a layer. Maps are [channels][height][width]. */
struct layer {
    int channels, height, width; /* of the input */
    int out_channels, out_height, out_width;
    int kernel_height, kernel_width, stride_height, stride_width;
    int padding_height, padding_width, dilation_height, dilation_width;
    int groups;
};
