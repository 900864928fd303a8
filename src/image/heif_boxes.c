/* The boxes of a HEIF file: a picture is an item. `iinf` has the types of the items, `iloc` the locations of their
 * bytes, `ipco` the properties, `ipma` which item has which property, `iref` the references between items, and `pitm`
 * the item that is the picture.
 *
 *     hvc1, av01   a coded picture, HEVC or AV1
 *     grid         a picture composed of coded tiles, as phones write it
 *
 * Linnet reads these two types, for colour and for alpha.
 */
#include "image/heif_boxes.h"
#include "base/alloc.h"
#include "base/size.h"
#include "image/heif_stream.h"
#include <string.h>

enum {
    ITEMS_MAX = 4096,
    PROPERTIES_MAX = 4096,
    REFERENCES_MAX = 4096, /* of one kind in the file: tiles, alphas */
    PICTURES_MAX = 8192,
    HVCC_DEPTH = 17, /* offset of bit_depth_luma_minus8 */
    AV1C_DEPTH = 2,  /* of high_bitdepth */
    AV1C_HEADER = 4,
};

#define TYPE(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
static const uint32_t HVC1 = TYPE('h', 'v', 'c', '1'), HVCC = TYPE('h', 'v', 'c', 'C');
static const uint32_t AV01 = TYPE('a', 'v', '0', '1'), AV1C = TYPE('a', 'v', '1', 'C');

/* Bytes that are read from the front; a read beyond the end gives 0 and sets `ended`. */
struct reader {
    const unsigned char *data;
    size_t size;
    bool ended;
};

struct box {
    uint32_t type;
    struct reader body;
};

struct property {
    uint32_t type;
    bool alpha;                   /* auxC: of an alpha plane */
    bool deep;                    /* hvcC, av1C: more than 8 bits a sample */
    struct ln_heif_stream stream; /* hvcC, av1C */
};

struct item {
    uint32_t id, type;
    bool deep;              /* more than 8 bits a sample */
    bool alpha;             /* an auxiliary picture with the alpha of others */
    bool configured;        /* has hvcC or av1C, as its type demands; libheif asserts it */
    bool placed, scattered; /* has a place in iloc; has several */
    bool in_idat;
    uint64_t offset, length;
    struct ln_heif_stream stream;
};

struct reference {
    uint32_t from, to;
};

struct references {
    struct reference *at;
    size_t count, capacity;
};

struct file {
    const struct ln_image_input *in;
    const struct ln_image_format *format;
    struct item *items;
    size_t item_count, item_capacity;
    struct property *properties;
    size_t property_count, property_capacity;
    struct references tiles, alphas; /* dimg: from a picture to a tile; auxl: from an alpha to its picture */
    struct reader pitm, iinf, iprp, ipma, ipco, iloc, iref, idat;
};

/* ---- reading ------------------------------------------------------------------------------------------- */

static uint64_t number(struct reader *r, int bytes) {
    uint64_t value = 0;
    r->ended |= r->size < (size_t)bytes;
    if (r->ended) return 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | r->data[i];
    r->data += bytes;
    r->size -= (size_t)bytes;
    return value;
}

static uint32_t number32(struct reader *r, int bytes) {
    return (uint32_t)number(r, bytes);
}

/* The next box; false at the end, or if the box reaches beyond it (r->ended). */
static bool next_box(struct reader *r, struct box *box) {
    if (r->size == 0) return false;
    const size_t before = r->size;
    uint64_t length = number(r, 4);
    box->type = number32(r, 4);
    if (length == 1) length = number(r, 8);
    if (length == 0) length = before;
    const size_t header = before - r->size;
    r->ended |= length < header || length > before;
    if (r->ended) return false;
    box->body = (struct reader){.data = r->data, .size = (size_t)length - header};
    r->data += box->body.size;
    r->size -= box->body.size;
    return true;
}

static int damaged(const struct file *f, const char *what) {
    return ln_image_malformed(f->in, f->format, what);
}

static int unsupported(const struct file *f, const char *what) {
    return ln_image_unsupported(f->in, f->format, what);
}

static struct item *find_item(const struct file *f, uint32_t id) {
    for (size_t i = 0; i < f->item_count; i++)
        if (f->items[i].id == id) return &f->items[i];
    return NULL;
}

static bool is_coded(const struct item *item) {
    return item->type == HVC1 || item->type == AV01;
}

static bool is_grid(const struct item *item) {
    return item->type == TYPE('g', 'r', 'i', 'd');
}

/* ---- the boxes inside meta ------------------------------------------------------------------------------- */

static int add_item(struct file *f, struct reader r) {
    const uint32_t version = number32(&r, 1);
    (void)number(&r, 3);
    if (version < 2) return LINNET_OK; /* such an item has no type and is not a picture */
    struct item item = {.id = number32(&r, version == 2 ? 2 : 4)};
    (void)number(&r, 2);
    item.type = number32(&r, 4);
    if (r.ended) return damaged(f, "its list of items is cut");
    if (f->item_count >= ITEMS_MAX) return unsupported(f, "with more than 4096 items");
    struct item *grown = ln_grow(f->items, f->item_count, &f->item_capacity, sizeof item);
    if (!grown) return LINNET_ERR_LIMIT;
    f->items = grown;
    f->items[f->item_count++] = item;
    return LINNET_OK;
}

static int read_iinf(struct file *f, struct reader r) {
    struct box box;
    const uint32_t version = number32(&r, 1);
    (void)number(&r, 3);
    (void)number(&r, version == 0 ? 2 : 4);
    while (next_box(&r, &box))
        if (box.type == TYPE('i', 'n', 'f', 'e')) LN_TRY(add_item(f, box.body));
    return r.ended ? damaged(f, "its list of items is cut") : LINNET_OK;
}

/* True if auxC names an alpha plane, by one of the names that libheif knows. */
static bool names_alpha(const struct reader *auxc) {
    static const char *const names[] = {"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
                                        "urn:mpeg:hevc:2015:auxid:1", "urn:mpeg:avc:2015:auxid:1"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const size_t length = strlen(names[i]) + 1;
        if (auxc->size >= 4 + length && memcmp(auxc->data + 4, names[i], length) == 0) return true;
    }
    return false;
}

static int read_property(const struct file *f, const struct box *box, struct property *property) {
    const struct reader *body = &box->body;
    *property = (struct property){.type = box->type};
    if (box->type == TYPE('a', 'u', 'x', 'C')) property->alpha = names_alpha(body);
    if (box->type == HVCC && body->size > HVCC_DEPTH) property->deep = body->data[HVCC_DEPTH] & 7;
    if (box->type == AV1C && body->size > AV1C_DEPTH) property->deep = body->data[AV1C_DEPTH] & 0x40;
    if (box->type == HVCC && !ln_heif_hevc_config(body->data, body->size, &property->stream))
        return damaged(f, "the header of its HEVC stream");
    if (box->type == AV1C && body->size > AV1C_HEADER &&
        !ln_heif_av1(body->data + AV1C_HEADER, body->size - AV1C_HEADER, &property->stream))
        return damaged(f, "the header of its AV1 stream");
    return LINNET_OK;
}

static int read_ipco(struct file *f, struct reader r) {
    struct box box;
    while (next_box(&r, &box)) {
        if (f->property_count >= PROPERTIES_MAX) return unsupported(f, "with more than 4096 properties");
        struct property *grown =
            ln_grow(f->properties, f->property_count, &f->property_capacity, sizeof *grown);
        if (!grown) return LINNET_ERR_LIMIT;
        f->properties = grown;
        LN_TRY(read_property(f, &box, &f->properties[f->property_count]));
        f->property_count++;
    }
    return r.ended ? damaged(f, "its list of properties is cut") : LINNET_OK;
}

/* Finds the boxes of the given types. Two boxes of one type are refused, because libheif and Linnet could use
 * different ones. */
static int find_boxes(struct file *f, struct reader r, size_t n, const uint32_t types[],
                      struct reader *const found[]) {
    struct box box;
    while (next_box(&r, &box))
        for (size_t i = 0; i < n; i++) {
            if (box.type != types[i]) continue;
            if (found[i]->data) return damaged(f, "it repeats a box that may occur only once");
            *found[i] = box.body;
        }
    return r.ended ? damaged(f, "its meta box is cut") : LINNET_OK;
}

static int read_meta(struct file *f, struct reader r) {
    static const uint32_t types[] = {TYPE('p', 'i', 't', 'm'), TYPE('i', 'i', 'n', 'f'),
                                     TYPE('i', 'p', 'r', 'p'), TYPE('i', 'l', 'o', 'c'),
                                     TYPE('i', 'r', 'e', 'f'), TYPE('i', 'd', 'a', 't')};
    static const uint32_t properties[] = {TYPE('i', 'p', 'c', 'o'), TYPE('i', 'p', 'm', 'a')};
    (void)number(&r, 4);
    LN_TRY(find_boxes(f, r, 6, types,
                      (struct reader *const[]){&f->pitm, &f->iinf, &f->iprp, &f->iloc, &f->iref, &f->idat}));
    if (f->iprp.data)
        LN_TRY(find_boxes(f, f->iprp, 2, properties, (struct reader *const[]){&f->ipco, &f->ipma}));
    LN_TRY(read_iinf(f, f->iinf));
    return read_ipco(f, f->ipco);
}

static int read_file(struct file *f) {
    struct reader r = {.data = f->in->data, .size = f->in->size};
    struct box box;
    bool meta = false;
    while (next_box(&r, &box)) {
        if (box.type != TYPE('m', 'e', 't', 'a')) continue;
        if (meta) return damaged(f, "it has two meta boxes");
        meta = true;
        LN_TRY(read_meta(f, box.body));
    }
    if (!meta && r.ended) return ln_image_truncated(f->in, f->format, 0, 0);
    return meta ? LINNET_OK : unsupported(f, "without a still picture");
}

/* ---- properties, places, references ----------------------------------------------------------------------- */

static void use_property(const struct property *property, struct item *item) {
    const bool hevc = item->type == HVC1;
    item->alpha |= property->alpha;
    item->deep |= property->deep;
    item->configured |= property->type == (hevc ? HVCC : AV1C);
    item->stream.width = ln_larger(item->stream.width, property->stream.width);
    item->stream.height = ln_larger(item->stream.height, property->stream.height);
}

static int read_ipma(struct file *f, struct reader r) {
    const uint32_t version = number32(&r, 1), flags = number32(&r, 3), entries = number32(&r, 4);
    if (entries > ITEMS_MAX) return damaged(f, "its table of properties");
    for (uint32_t i = 0; i < entries && !r.ended; i++) {
        struct item *item = find_item(f, number32(&r, version == 0 ? 2 : 4));
        for (uint32_t count = number32(&r, 1); count > 0 && !r.ended; count--) {
            const uint32_t index = flags & 1 ? number32(&r, 2) & 0x7fff : number32(&r, 1) & 0x7f;
            if (index < 1 || index > f->property_count) continue;
            if (item) use_property(&f->properties[index - 1], item);
        }
    }
    return r.ended ? damaged(f, "its table of properties is cut") : LINNET_OK;
}

static int read_iloc(struct file *f, struct reader r) {
    const uint32_t version = number32(&r, 1);
    (void)number(&r, 3);
    const uint32_t sizes = number32(&r, 2);
    const int offset_size = sizes >> 12, length_size = sizes >> 8 & 15, base_size = sizes >> 4 & 15;
    const int index_size = version > 0 ? (int)(sizes & 15) : 0;
    if (offset_size > 8 || length_size > 8 || base_size > 8 || index_size > 8)
        return damaged(f, "its table of places");
    uint32_t count = number32(&r, version < 2 ? 2 : 4);
    if (count > ITEMS_MAX) return damaged(f, "its table of places");
    for (; count > 0 && !r.ended; count--) {
        struct item *item = find_item(f, number32(&r, version < 2 ? 2 : 4));
        const uint32_t method = version > 0 ? number32(&r, 2) & 15 : 0;
        (void)number(&r, 2);
        if (item && item->placed) return damaged(f, "an item has two places");
        const uint64_t base = number(&r, base_size);
        const uint32_t extents = number32(&r, 2);
        for (uint32_t i = 0; i < extents && !r.ended; i++) {
            (void)number(&r, index_size);
            const uint64_t offset = number(&r, offset_size), length = number(&r, length_size);
            if (!item) continue;
            item->placed = true;
            item->scattered |= i > 0 || method > 1;
            item->in_idat = method == 1;
            item->offset = base + offset;
            item->length = length;
        }
    }
    return r.ended ? damaged(f, "its table of places is cut") : LINNET_OK;
}

static int add_references(struct file *f, struct references *list, struct reader r, int id_size) {
    const uint32_t from = number32(&r, id_size);
    const struct item *item = find_item(f, from);
    const bool useful = item && (list == &f->tiles || item->alpha);
    for (uint32_t count = number32(&r, 2); count > 0 && !r.ended; count--) {
        const struct reference reference = {from, number32(&r, id_size)};
        if (!useful) continue;
        if (list->count >= REFERENCES_MAX) return unsupported(f, "with more than 4096 tiles");
        struct reference *grown = ln_grow(list->at, list->count, &list->capacity, sizeof reference);
        if (!grown) return LINNET_ERR_LIMIT;
        list->at = grown;
        list->at[list->count++] = reference;
    }
    return r.ended ? damaged(f, "its table of references is cut") : LINNET_OK;
}

static int read_iref(struct file *f, struct reader r) {
    struct box box;
    const int id_size = number(&r, 1) == 0 ? 2 : 4;
    (void)number(&r, 3);
    while (next_box(&r, &box)) {
        if (box.type == TYPE('d', 'i', 'm', 'g')) LN_TRY(add_references(f, &f->tiles, box.body, id_size));
        if (box.type == TYPE('a', 'u', 'x', 'l')) LN_TRY(add_references(f, &f->alphas, box.body, id_size));
    }
    return r.ended ? damaged(f, "its table of references is cut") : LINNET_OK;
}

/* ---- what is decoded -------------------------------------------------------------------------------------- */

static int find_bytes(const struct file *f, const struct item *item, struct reader *bytes) {
    const struct reader whole = {.data = f->in->data, .size = f->in->size};
    const struct reader *place = item->in_idat ? &f->idat : &whole;
    if (item->scattered) return unsupported(f, "with a picture in several pieces");
    if (item->length == 0) return damaged(f, "a picture has no bytes");
    if (!ln_size_slice(place->size, item->offset, item->length))
        return ln_image_truncated(f->in, f->format, 0, 0);
    *bytes = (struct reader){.data = place->data + item->offset, .size = item->length};
    return LINNET_OK;
}

static int read_stream(const struct file *f, struct item *item, struct ln_heif_layout *layout) {
    struct ln_heif_stream *stream = &item->stream;
    struct reader bytes = {0};
    if (!item->configured) return damaged(f, "a picture has no header of its stream");
    if (stream->pictures) return LINNET_OK; /* a tile that was read before */
    LN_TRY(find_bytes(f, item, &bytes));
    layout->bytes += (int64_t)bytes.size;
    if ((uint64_t)layout->bytes > f->in->size) return damaged(f, "its pictures share bytes");
    const bool hevc = item->type == HVC1;
    if (!(hevc ? ln_heif_hevc : ln_heif_av1)(bytes.data, bytes.size, stream))
        return damaged(f, hevc ? "its HEVC stream" : "its AV1 stream");
    if (stream->width == 0 || stream->pictures == 0) return damaged(f, "a stream without a picture");
    return LINNET_OK;
}

static int add_coded(const struct file *f, struct item *item, struct ln_heif_layout *layout) {
    LN_TRY(read_stream(f, item, layout));
    const struct ln_heif_stream *stream = &item->stream;
    layout->deep |= item->deep;
    layout->tile_width = ln_larger(layout->tile_width, stream->width);
    layout->tile_height = ln_larger(layout->tile_height, stream->height);
    LN_TRY(ln_image_check(f->in, f->format, stream->width, stream->height, 1));
    const int64_t pixels = stream->width * stream->height; /* within the limits by now */
    layout->work += pixels * stream->pictures;
    layout->slices += pixels * stream->slices;
    return ++layout->pictures > PICTURES_MAX ? unsupported(f, "with more than 8192 tiles") : LINNET_OK;
}

struct size {
    int64_t width, height;
};

/* ImageGrid, 23008-12 section 6.6.2.3. */
static int read_grid_size(const struct file *f, const struct item *grid, struct size *size) {
    struct reader r = {0};
    LN_TRY(find_bytes(f, grid, &r));
    (void)number(&r, 1);
    const int bytes = number(&r, 1) & 1 ? 4 : 2;
    (void)number(&r, 2);
    size->width = (int64_t)number(&r, bytes);
    size->height = (int64_t)number(&r, bytes);
    if (r.ended) return damaged(f, "its grid is cut");
    return ln_image_check(f->in, f->format, size->width, size->height, 1);
}

static int add_tiles(const struct file *f, const struct item *grid, struct ln_heif_layout *layout) {
    int tiles = 0;
    for (size_t i = 0; i < f->tiles.count; i++) {
        if (f->tiles.at[i].from != grid->id) continue;
        struct item *tile = find_item(f, f->tiles.at[i].to);
        if (!tile || !is_coded(tile)) return unsupported(f, "with tiles that are not coded pictures");
        LN_TRY(add_coded(f, tile, layout));
        tiles++;
    }
    return tiles ? LINNET_OK : damaged(f, "a grid has no tiles");
}

static int add_picture(const struct file *f, struct item *item, struct ln_heif_layout *layout,
                       struct size *size) {
    if (is_grid(item)) {
        LN_TRY(read_grid_size(f, item, size));
        return add_tiles(f, item, layout);
    }
    if (!is_coded(item))
        return unsupported(f, "with a picture that is neither HEVC nor AV1 nor a grid of such tiles");
    LN_TRY(add_coded(f, item, layout));
    *size = (struct size){item->stream.width, item->stream.height};
    return LINNET_OK;
}

/* The next alpha of an item, from entry *at of the list on. */
static struct item *next_alpha(const struct file *f, uint32_t id, size_t *at) {
    while (*at < f->alphas.count) {
        const struct reference *r = &f->alphas.at[(*at)++];
        if (r->to == id) return find_item(f, r->from);
    }
    return NULL;
}

/* False for an alpha of an alpha: the references could form a cycle, which libheif would follow. */
static bool alpha_is_plain(const struct file *f, const struct item *alpha) {
    size_t at = 0;
    if (next_alpha(f, alpha->id, &at)) return false;
    for (size_t i = 0; i < f->tiles.count; i++) {
        at = 0;
        if (f->tiles.at[i].from == alpha->id && next_alpha(f, f->tiles.at[i].to, &at)) return false;
    }
    return true;
}

static int add_alphas(const struct file *f, const struct item *item, struct ln_heif_layout *layout) {
    struct size size;
    struct item *alpha;
    for (size_t at = 0; (alpha = next_alpha(f, item->id, &at));) {
        if (!alpha_is_plain(f, alpha)) return damaged(f, "its alpha has an alpha");
        LN_TRY(add_picture(f, alpha, layout, &size));
    }
    return LINNET_OK;
}

static int read_primary(const struct file *f, struct ln_heif_layout *layout) {
    struct reader pitm = f->pitm;
    struct size size = {0};
    const int id_size = number(&pitm, 1) == 0 ? 2 : 4;
    (void)number(&pitm, 3);
    struct item *primary = find_item(f, number32(&pitm, id_size));
    if (!primary) return damaged(f, "it has no primary picture");
    LN_TRY(add_picture(f, primary, layout, &size));
    LN_TRY(add_alphas(f, primary, layout));
    layout->grid = is_grid(primary);
    layout->width = size.width;
    layout->height = size.height;
    for (size_t i = 0; layout->grid && i < f->tiles.count; i++)
        if (f->tiles.at[i].from == primary->id)
            LN_TRY(add_alphas(f, find_item(f, f->tiles.at[i].to), layout));
    return LINNET_OK;
}

static int inspect(struct file *f, struct ln_heif_layout *layout) {
    LN_TRY(read_file(f));
    LN_TRY(read_ipma(f, f->ipma));
    LN_TRY(read_iloc(f, f->iloc));
    if (f->iref.data) LN_TRY(read_iref(f, f->iref));
    return read_primary(f, layout);
}

int ln_heif_inspect(const struct ln_image_input *in, const struct ln_image_format *format,
                    struct ln_heif_layout *layout) {
    struct file f = {.in = in, .format = format};
    *layout = (struct ln_heif_layout){0};
    const int status = inspect(&f, layout);
    ln_free(f.items);
    ln_free(f.properties);
    ln_free(f.tiles.at);
    ln_free(f.alphas.at);
    return status;
}
