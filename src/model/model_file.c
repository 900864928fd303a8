/* Model files: written atomically, read without trust.
 *
 * Writing declares all tensors first, because the header with their places comes before the data. The values
 * are then fetched one tensor at a time from the plan, in plain order, through a buffer for the largest one:
 * no second copy of all weights exists.
 *
 * Reading checks the whole description before anything of its size is allocated: the network's text, its
 * parameters against the tensors, the number of classes against the length of their names. The values come
 * last.
 */
#include "base/alloc.h"
#include "base/threads.h"
#include "model/convert.h"
#include "model/model.h"
#include "model/quant_file.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* ---- save ---------------------------------------------------------------------------------------------- */

struct saving {
    const struct ln_model *model;
    const struct ln_plan *plan; /* NULL: save the model's own weights */
    const struct ln_model_extra *extra;
    const char *path;
    float *plain; /* room for the largest tensor */
    struct ln_st_writer writer;
};

/* The scales of parameter i; NULL: it is written as it is. A plan's weights are those of training, in fp32. */
static const float *scales_of(const struct saving *s, size_t i) {
    return s->model->quant && !s->plan ? s->model->quant->weights[i] : NULL;
}

/* [parameters][scales of those in 8 bits][extra]; *count of them. Names of scales are the caller's to free. */
static struct ln_st_tensor *declare(const struct saving *s, char **names, size_t *count) {
    const struct ln_net *net = s->model->net;
    struct ln_st_tensor *tensors = ln_calloc(2 * net->param_count + s->extra->count + 1, sizeof *tensors);
    *count = net->param_count;
    for (size_t i = 0; tensors && i < net->param_count; i++) {
        tensors[i] = (struct ln_st_tensor){.name = net->params[i].name,
                                           .dtype = scales_of(s, i) ? LN_I8 : net->params[i].spec.dtype,
                                           .shape = net->params[i].spec.shape};
        if (!scales_of(s, i)) continue;
        struct ln_text t = {0};
        ln_text_addf(&t, "%s" LN_QUANT_SCALE, net->params[i].name);
        if (ln_text_take(&t, &names[i]) != LINNET_OK) {
            ln_free(tensors);
            return NULL;
        }
        tensors[(*count)++] = (struct ln_st_tensor){
            .name = names[i], .dtype = LN_F32, .shape = ln_shape_of(ln_quant_rows(net, i))};
    }
    if (tensors && s->extra->count)
        memcpy(tensors + *count, s->extra->tensors, s->extra->count * sizeof *tensors);
    *count += s->extra->count;
    return tensors;
}

/* A weight that is not finite makes every result nan. It is refused here, before the old file is replaced. */
static int check_finite(const struct saving *s, const char *name, const float *values, size_t count) {
    if (ln_convert_all_finite(values, count)) return LINNET_OK;
    return ln_fail(LINNET_ERR_DIVERGED, "model-nonfinite",
                   "%s: '%s' contains values that are not finite; nothing was written", s->path, name);
}

static int write_integers(struct saving *s, size_t i, const float *values) {
    int8_t *integers = ln_alloc(ln_net_param_size(s->model->net, i));
    if (!integers) return LINNET_ERR_LIMIT;
    ln_quant_integers(s->model->quant, s->model->net, i, values, integers);
    const int status = ln_st_writer_tensor(&s->writer, integers);
    ln_free(integers);
    return status;
}

/* Parameters are floats in memory, but a counter (num_batches_tracked of a batch norm) is stored as a 64-bit
 * integer, as PyTorch does: a file with another type would not load there. */
static int write_param(struct saving *s, size_t i) {
    const struct ln_net_param *p = &s->model->net->params[i];
    const float *values = s->plan ? s->plain : s->model->params[i];
    if (s->plan) LN_TRY(ln_plan_get_param(s->plan, i, s->plain));
    LN_TRY(check_finite(s, p->name, values, ln_net_param_size(s->model->net, i)));
    if (scales_of(s, i)) return write_integers(s, i, values);
    if (p->spec.dtype == LN_F32) return ln_st_writer_tensor(&s->writer, values);
    assert(values && p->spec.dtype == LN_I64 && p->spec.shape.rank == 0);
    int64_t count = (int64_t)values[0];
    return ln_st_writer_tensor(&s->writer, &count);
}

static int write_extra(struct saving *s, size_t i) {
    const struct ln_st_tensor *tensor = &s->extra->tensors[i];
    size_t count = 0;
    LN_TRY(s->extra->get(s->extra->user, i, s->plain));
    if (!ln_shape_count(&tensor->shape, &count)) return LINNET_ERR_INTERNAL;
    LN_TRY(check_finite(s, tensor->name, s->plain, count));
    return ln_st_writer_tensor(&s->writer, s->plain);
}

static int write_tensors(struct saving *s) {
    const struct ln_net *net = s->model->net;
    size_t largest = s->plan ? ln_net_largest_param(net) : 0;
    if (s->extra->largest > largest) largest = s->extra->largest;
    s->plain = largest ? ln_alloc(largest * sizeof *s->plain) : NULL;
    int status = largest && !s->plain ? LINNET_ERR_LIMIT : LINNET_OK;
    for (size_t i = 0; i < net->param_count && status == LINNET_OK; i++) status = write_param(s, i);
    for (size_t i = 0; i < net->param_count && status == LINNET_OK; i++)
        if (scales_of(s, i)) status = ln_st_writer_tensor(&s->writer, scales_of(s, i));
    for (size_t i = 0; i < s->extra->count && status == LINNET_OK; i++) status = write_extra(s, i);
    ln_free(s->plain);
    return status;
}

/* The metadata of the file. An entry with its default value is left out; readers assume that value if the key is missing. */
struct metadata {
    char *classes, *preprocess;
    char *temperature, *energy, *quant; /* NULL: left out */
};

static int print_unless(double value, double left_out, char **out) {
    struct ln_text t = {0};
    if (value == left_out) return LINNET_OK;
    ln_text_add_real(&t, value);
    return ln_text_take(&t, out);
}

static int metadata_init(struct metadata *md, const struct ln_model *m, bool in_8_bits) {
    *md = (struct metadata){0};
    LN_TRY(ln_metadata_classes_print(m, &md->classes));
    LN_TRY(ln_metadata_preprocess_print(&m->preprocess, &md->preprocess));
    if (in_8_bits) LN_TRY(ln_quant_print(m->quant, m->net, &md->quant));
    LN_TRY(print_unless(m->temperature, 1, &md->temperature));
    return print_unless(m->unknown_energy, INFINITY, &md->energy);
}

static void metadata_fini(struct metadata *md) {
    ln_free(md->classes);
    ln_free(md->preprocess);
    ln_free(md->temperature);
    ln_free(md->energy);
    ln_free(md->quant);
}

static int write_file(struct saving *s, struct ln_st_tensor *tensors, size_t count,
                      const struct metadata *md) {
    const struct ln_model *m = s->model;
    struct ln_st_pair metadata[11] = {{"format", "pt"},
                                      {"linnet.arch", m->arch},
                                      {"linnet.classes", md->classes},
                                      {"linnet.dtype", ln_dtype_name(m->dtype)},
                                      {"linnet.net", m->text},
                                      {"linnet.preprocess", md->preprocess}};
    size_t pairs = 6;
    if (md->temperature) metadata[pairs++] = (struct ln_st_pair){"linnet.temperature", md->temperature};
    if (m->tta) metadata[pairs++] = (struct ln_st_pair){"linnet.tta", "flip"};
    if (md->energy) metadata[pairs++] = (struct ln_st_pair){"linnet.unknown_energy", md->energy};
    if (md->quant) metadata[pairs++] = (struct ln_st_pair){"linnet.quant", md->quant};
    if (s->extra->metadata.key) metadata[pairs++] = s->extra->metadata;
    int status = ln_st_writer_begin_save(&s->writer, &(struct ln_st_save){.path = s->path,
                                                                          .tensors = tensors,
                                                                          .count = count,
                                                                          .metadata = metadata,
                                                                          .metadata_count = pairs,
                                                                          .summed = s->extra->summed,
                                                                          .replaced = s->extra->replaced});
    if (status == LINNET_OK) status = write_tensors(s);
    if (status == LINNET_OK) status = ln_st_writer_commit(&s->writer);
    if (status != LINNET_OK) ln_st_writer_abort(&s->writer);
    return status;
}

int ln_model_save_with(const struct ln_model *m, const struct ln_plan *plan,
                       const struct ln_model_extra *extra, const char *path) {
    struct saving saving = {.model = m, .plan = plan, .extra = extra, .path = path};
    size_t count = 0;
    char **names = ln_calloc(m->net->param_count + 1, sizeof *names);
    struct ln_st_tensor *tensors = names ? declare(&saving, names, &count) : NULL;
    struct metadata metadata;
    int status = metadata_init(&metadata, m, m->quant && !plan);
    if (status == LINNET_OK)
        status = tensors ? write_file(&saving, tensors, count, &metadata) : LINNET_ERR_LIMIT;
    metadata_fini(&metadata);
    for (size_t i = 0; names && i < m->net->param_count; i++) ln_free(names[i]);
    ln_free(names);
    ln_free(tensors);
    return status;
}

int ln_model_save(const struct ln_model *m, const struct ln_plan *plan, const char *path) {
    return ln_model_save_with(m, plan, &(struct ln_model_extra){0}, path);
}

/* ---- open ---------------------------------------------------------------------------------------------- */

/* Refuses tensors that are not the network's: they would be ignored, and the file would not be what it seems. An
 * optimiser's state is not part of the model and is skipped. */
static int check_unexpected(const struct ln_st_file *st, const char *path, const struct ln_net *net) {
    for (size_t i = 0; i < st->count; i++) {
        char shown[160];
        if (ln_text_starts(st->tensors[i].name, LN_MODEL_BESIDE)) continue;
        if (!ln_net_has_param(net, st->tensors[i].name) && !ln_quant_is_scale(st, net, st->tensors[i].name))
            return ln_fail(
                LINNET_ERR_INPUT, "model-unexpected", "%s: '%s' is not a tensor of the network", path,
                ln_text_printable(st->tensors[i].name, strlen(st->tensors[i].name), shown, sizeof shown));
    }
    return LINNET_OK;
}

static int check_param(const struct ln_st_file *st, const char *path, const struct ln_net_param *p) {
    const struct ln_st_tensor *tensor = ln_st_find(st, p->name);
    char here[96], there[96];
    if (!tensor)
        return ln_fail(LINNET_ERR_INPUT, "model-missing", "%s: tensor '%s' is missing", path, p->name);
    if (!ln_shape_equal(&tensor->shape, &p->spec.shape))
        return ln_fail(LINNET_ERR_INPUT, "model-shape", "%s: '%s' has shape %s, but the network needs %s",
                       path, p->name, ln_shape_text(&tensor->shape, there, sizeof there),
                       ln_shape_text(&p->spec.shape, here, sizeof here));
    return LINNET_OK;
}

/* The network's text decides how much memory is needed. Before any is allocated, the file must hold that
 * much: all tensors, and a name for every class (at least three bytes each in JSON). */
static int check_net(const struct ln_st_file *st, const char *path, const struct ln_net *net,
                     const char *classes) {
    LN_TRY(check_unexpected(st, path, net));
    for (size_t i = 0; i < net->param_count; i++) LN_TRY(check_param(st, path, &net->params[i]));
    if ((size_t)ln_net_classes(net) > strlen(classes) / 3)
        return ln_fail(LINNET_ERR_INPUT, "model-classes",
                       "%s: linnet.classes does not have names for %d outputs", path, ln_net_classes(net));
    return LINNET_OK;
}

static int read_counter(const struct ln_st_file *st, const char *path, const struct ln_st_tensor *tensor,
                        float *value) {
    int64_t count;
    if (tensor->dtype != LN_I64)
        return ln_fail(LINNET_ERR_INPUT, "st-dtype", "%s: '%s': dtype %s; a counter must be I64", path,
                       tensor->name, ln_dtype_safetensors(tensor->dtype));
    LN_TRY(ln_st_read(st, tensor, &count));
    if (count < 0)
        return ln_fail(LINNET_ERR_INPUT, "model-count", "%s: '%s' is %lld; a counter must be at least 0",
                       path, tensor->name, (long long)count);
    *value = (float)count;
    return LINNET_OK;
}

static int read_param(const struct ln_st_file *st, const char *path, struct ln_model *m, size_t i) {
    const char *name = m->net->params[i].name;
    bool finite;
    if (m->net->params[i].spec.dtype == LN_I64)
        return read_counter(st, path, ln_st_find(st, name), m->params[i]);
    if (ln_st_find(st, name)->dtype == LN_I8) {
        LN_TRY(ln_quant_read(st, path, m->net, i, m->quant, m->params[i]));
        finite = ln_convert_all_finite(m->params[i], ln_net_param_size(m->net, i));
    } else {
        LN_TRY(ln_st_read_finite(st, ln_st_find(st, name), m->params[i], &finite));
    }
    if (!finite)
        return ln_fail(LINNET_ERR_INPUT, "model-nonfinite", "%s: '%s' contains values that are not finite",
                       path, name);
    return LINNET_OK;
}

/* ---- by two threads -------------------------------------------------------------------------------------- */

/* Copying from the system's cache and checking the values keeps one thread busy for some 10 ms with a ResNet-18, a
 * large part of the time of `linnet predict` for one picture. The second thread takes parameters from the same list. */
enum { TWO_FROM_BYTES = 4 << 20 };

struct reading {
    const struct ln_st_file *st;
    struct ln_model *m;
    atomic_size_t next; /* the first parameter that no thread has taken */
};

struct reader {
    struct reading *reading;
    size_t at; /* the parameter that failed */
    struct ln_error error;
};

static void *read_params(void *reader_) {
    struct reader *r = reader_;
    struct reading *all = r->reading;
    const size_t count = all->m->net->param_count;
    for (size_t i; (i = atomic_fetch_add(&all->next, 1)) < count;) {
        if (read_param(all->st, all->st->file.path, all->m, i) == LINNET_OK) continue;
        r->at = i;
        r->error = *ln_error_get();
        atomic_store(&all->next, count);
    }
    return NULL;
}

/* If both fail, the earlier parameter is reported, as with one thread. */
static int read_all(const struct ln_st_file *st, struct ln_model *m) {
    struct reading all = {.st = st, .m = m};
    struct reader first = {.reading = &all}, second = {.reading = &all};
    pthread_t thread;
    const bool two = st->file.size >= TWO_FROM_BYTES && !m->quant && ln_threads_available() > 1 &&
                     ln_thread_create_equal(&thread, read_params, &second) == LINNET_OK;
    if (!two) ln_error_clear(); /* of a thread that could not be created */
    read_params(&first);
    if (two) ln_thread_join(thread);
    const bool second_counts = second.error.status && (!first.error.status || second.at < first.at);
    if (second_counts) ln_error_set(&second.error);
    return second_counts ? second.error.status : first.error.status;
}

static int parse_net(const char *path, const char *text, struct ln_net **net) {
    const int status = ln_net_parse(text, net);
    return status == LINNET_OK ? LINNET_OK : ln_fail_in_file(path, status);
}

int ln_model_read(struct ln_model **out, const struct ln_st_file *st) {
    const char *path = st->file.path;
    const char *text = ln_st_metadata(st, "linnet.net"), *arch = ln_st_metadata(st, "linnet.arch");
    const char *classes = ln_st_metadata(st, "linnet.classes"), *pp = ln_st_metadata(st, "linnet.preprocess");
    if (!text || !arch || !classes || !pp)
        return ln_fail(LINNET_ERR_INPUT, "model-metadata",
                       "%s: not a Linnet model file: its metadata has no %s", path,
                       !text   ? "linnet.net"
                       : !arch ? "linnet.arch"
                       : !pp   ? "linnet.preprocess"
                               : "linnet.classes");
    struct ln_net *net;
    LN_TRY(parse_net(path, text, &net));
    int status = check_net(st, path, net, classes);
    if (status != LINNET_OK) {
        ln_net_destroy(net);
        return status;
    }
    struct ln_model *m;
    const char *dtype = ln_st_metadata(st, "linnet.dtype");
    const char *temperature = ln_st_metadata(st, "linnet.temperature");
    const char *energy = ln_st_metadata(st, "linnet.unknown_energy");
    const char *tta = ln_st_metadata(st, "linnet.tta"), *quant = ln_st_metadata(st, "linnet.quant");
    LN_TRY(ln_model_create_blank(&m, arch, net));
    m->tta = tta && strcmp(tta, "flip") == 0;
    if (dtype && strcmp(dtype, ln_dtype_name(LN_BF16)) == 0) m->dtype = LN_BF16;
    status = ln_metadata_classes_parse(path, classes, m);
    if (status == LINNET_OK) status = ln_metadata_preprocess_parse(path, pp, &m->preprocess);
    if (status == LINNET_OK && temperature)
        status = ln_metadata_temperature_parse(path, temperature, &m->temperature);
    if (status == LINNET_OK && quant) status = ln_quant_parse(path, quant, m->net, &m->quant);
    if (status == LINNET_OK && energy) status = ln_metadata_energy_parse(path, energy, &m->unknown_energy);
    if (status == LINNET_OK) status = read_all(st, m);
    if (status == LINNET_OK && quant) status = ln_quant_check(path, m->net, m->quant);
    if (status == LINNET_OK)
        *out = m;
    else
        ln_model_destroy(m);
    return status;
}

int ln_model_open(struct ln_model **model, const char *path) {
    struct ln_st_file st = {0};
    LN_TRY(ln_st_open(&st, path));
    int status = ln_model_read(model, &st);
    ln_st_close(&st);
    return status;
}
