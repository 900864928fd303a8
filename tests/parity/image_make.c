/* Writes JPEGs of kinds that PIL cannot write, for image.py:
 *
 *     image_make KIND WIDTH HEIGHT OUT.jpg
 *
 * KIND is letters: a arithmetic, p progressive, r restart markers, g grey, k CMYK, y YCCK, b RGB stored as it
 * is, 1 to 4 the horizontal and vertical sampling 2x1, 1x2, 4x1, 2x2 (else 1x1), n no Adobe marker.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* jpeglib.h needs stdio.h before it. */
#include <jpeglib.h>

static void choose_colour(struct jpeg_compress_struct *c, const char *kind) {
    const bool four = strpbrk(kind, "ky") != NULL, grey = strchr(kind, 'g') != NULL;
    c->input_components = four ? 4 : grey ? 1 : 3;
    c->in_color_space = four ? JCS_CMYK : grey ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(c);
    if (strchr(kind, 'y')) jpeg_set_colorspace(c, JCS_YCCK);
    if (strchr(kind, 'b')) jpeg_set_colorspace(c, JCS_RGB);
    if (strchr(kind, 'n')) c->write_Adobe_marker = FALSE;
}

static void choose_coding(struct jpeg_compress_struct *c, const char *kind) {
    static const int sampling[5][2] = {{1, 1}, {2, 1}, {1, 2}, {4, 1}, {2, 2}};
    const char *digit = strpbrk(kind, "1234");
    const int *factors = sampling[digit ? *digit - '0' : 0];
    jpeg_set_quality(c, 85, TRUE);
    c->comp_info[0].h_samp_factor = factors[0];
    c->comp_info[0].v_samp_factor = factors[1];
    c->arith_code = strchr(kind, 'a') != NULL;
    if (strchr(kind, 'p')) jpeg_simple_progression(c);
    if (strchr(kind, 'r')) c->restart_in_rows = 1;
}

/* A picture with edges, gradients and all levels. */
static unsigned char sample(int x, int y, int component) {
    const double wave = sin(0.11 * x * (component + 1)) * cos(0.07 * y + component);
    return (unsigned char)(127.5 + 100 * wave + ((x / 16 + y / 16) % 2 ? 27 : -27));
}

int main(int argc, char **argv) {
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    if (argc != 5) return 2;
    FILE *file = fopen(argv[4], "wb");
    unsigned char row[4 * 4096], *rows[1] = {row};
    if (!file) return 1;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_stdio_dest(&c, file);
    c.image_width = (JDIMENSION)atoi(argv[2]);
    c.image_height = (JDIMENSION)atoi(argv[3]);
    if (c.image_width > 4096) return 2;
    choose_colour(&c, argv[1]);
    choose_coding(&c, argv[1]);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height) {
        for (int x = 0; x < (int)c.image_width; x++)
            for (int i = 0; i < c.input_components; i++)
                row[x * c.input_components + i] = sample(x, (int)c.next_scanline, i);
        jpeg_write_scanlines(&c, rows, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return fclose(file) ? 1 : 0;
}
