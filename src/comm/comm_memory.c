/* Memory of all ranks of one machine: a file without a name, which rank 0 makes and the others open through /proc. Without a name
 * nothing is left behind, however a rank ends. */
#include "comm/comm_memory.h"
#include "base/memory.h"
#include "base/size.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the others need to open rank 0's file, and to recognise it. */
struct place {
    long process;
    int file;
    unsigned long long device, inode;
};

/* Takes all pages at once: a page that is missing later would end the process with SIGBUS. Returns -1 if memory is short. */
static int make_file(size_t bytes, struct place *place) {
    struct stat is;
    if (bytes > ln_memory_available()) return -1;
    const int file = memfd_create("linnet ranks", MFD_CLOEXEC);
    if (file < 0) return -1;
    if (fallocate(file, 0, 0, (off_t)bytes) != 0 || fstat(file, &is) != 0) {
        close(file);
        return -1;
    }
    *place = (struct place){(long)getpid(), file, is.st_dev, is.st_ino};
    return file;
}

/* In another container the same process number belongs to another process, so the device and inode are checked. */
static int open_file(const struct place *place) {
    char path[64];
    struct stat is;
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", place->process, place->file);
    const int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return -1;
    if (fstat(file, &is) == 0 && is.st_dev == place->device && is.st_ino == place->inode) return file;
    close(file);
    return -1;
}

int ln_comm_memory_open(linnet_ranks *comm, size_t bytes, struct ln_comm_memory *memory) {
    struct place place = {.file = -1};
    *memory = (struct ln_comm_memory){.file = -1};
    if (ln_comm_size(comm) < 2 || ln_comm_local_size(comm) < ln_comm_size(comm)) return LINNET_OK;
    int file = ln_comm_rank(comm) == 0 ? make_file(bytes, &place) : -1;
    LN_TRY(ln_comm_broadcast(comm, &place, sizeof place));
    if (ln_comm_rank(comm) > 0 && place.file >= 0) file = open_file(&place);
    double failed = file < 0;
    LN_TRY(ln_comm_sum_f64(comm, &failed, 1));
    if (failed > 0 && file >= 0) close(file);
    if (failed == 0) *memory = (struct ln_comm_memory){file, bytes};
    return LINNET_OK;
}

size_t ln_comm_memory_pages(size_t bytes) {
    return ln_size_align(bytes ? bytes : 1, (size_t)sysconf(_SC_PAGESIZE));
}

void *ln_comm_memory_map(const struct ln_comm_memory *memory, size_t offset, size_t bytes, void *at) {
    void *mapped = mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE | (at ? MAP_FIXED : 0),
                        memory->file, (off_t)offset);
    if (mapped == MAP_FAILED) {
        (void)!ln_fail_memory(bytes);
        return NULL;
    }
    madvise(mapped, bytes, MADV_HUGEPAGE); /* a hint: most systems have huge pages for private memory only */
    return mapped;
}

void ln_comm_memory_unmap(void *at, size_t bytes) {
    if (at) munmap(at, bytes);
}

/* Not by mremap: MPI's libraries replace that function, and UCX 1.13's loses the new address. */
int ln_comm_memory_part(const struct ln_comm_memory *memory, size_t offset, size_t bytes, void *at) {
    void *shared = ln_comm_memory_map(memory, offset, bytes, NULL);
    if (!shared) return LINNET_ERR_LIMIT;
    void *own = mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (own == at) {
        madvise(own, bytes, MADV_HUGEPAGE);
        memcpy(own, shared, bytes);
    }
    munmap(shared, bytes);
    return own == at ? LINNET_OK : ln_fail_memory(bytes);
}

void ln_comm_memory_close(struct ln_comm_memory *memory) {
    if (memory->bytes > 0) close(memory->file);
    *memory = (struct ln_comm_memory){.file = -1};
}
