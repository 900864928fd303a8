/* A rank and its watcher.
 *
 *     mpirun -- watcher (waits) -- rank (its own process group)
 *
 * To end its processes, mpirun sends SIGTERM, and a second later SIGKILL to their process groups. The watcher forwards
 * SIGTERM. The rank has a process group of its own and has left MPI by then, so it may take longer than a second to save.
 *
 * The stderr of every rank but 0 goes to memory. The watcher prints it if the rank fails alone; if all fail, only rank 0
 * reports the failure. */
#include "ranks.h"
#include "output.h"
#include "ranks_cores.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIGNALLED = 128 }; /* plus the signal's number: a shell's status of a process that a signal ended */

static const char watched[] =
    "LINNET_RANK_WATCHED"; /* set in the child, which may execute the program again (spin_limit.h) */

/* ---- the watcher ----------------------------------------------------------------------------------------- */

/* Blocks the signals that wait_for() takes with sigwait. */
static void block(sigset_t *set, sigset_t *before) {
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGUSR1);
    sigaddset(set, SIGUSR2);
    sigaddset(set, SIGCHLD);
    sigprocmask(SIG_BLOCK, set, before);
}

/* Waits until the child has ended and returns its wait status. *passed: the last signal that was forwarded. */
static int wait_for(pid_t child, const sigset_t *set, int *passed) {
    for (;;) {
        int status, signal = 0;
        const pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR)) return ended == child ? status : 0;
        if (sigwait(set, &signal) || signal == SIGCHLD) continue;
        kill(child, signal);
        *passed = signal;
    }
}

/* Renames the watcher in ps and pgrep, so that a search for the program's name finds only the rank. */
static void rename_process(char **argv, int rank) {
    char *end = argv[0];
    if (!end) return;
    for (char **arg = argv; *arg; arg++) end = *arg + strlen(*arg);
    const size_t room = (size_t)(end - argv[0]);
    memset(argv[0], 0, room);
    snprintf(argv[0], room + 1, "watcher of rank %d", rank);
    prctl(PR_SET_NAME, "rank-watcher");
}

/* Prints the rank's stderr, each line preceded by the rank's number. */
static void print_kept(int kept, int rank) {
    char text[4096];
    const ssize_t length = pread(kept, text, sizeof text - 1, 0);
    if (length <= 0) return;
    text[length] = '\0';
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line) fprintf(stderr, "rank %d: %s\n", rank, line);
}

static const char *host(char *out, size_t size) {
    out[size - 1] = '\0';
    return gethostname(out, size - 1) == 0 ? out : "an unknown machine";
}

__attribute__((noreturn)) static void watch(pid_t child, const sigset_t *set, int kept, int rank) {
    static const struct timespec a_moment = {.tv_nsec = 100000000};
    char name[256];
    int passed = 0;
    const int status = wait_for(child, set, &passed);
    /* The rank was asked to end, by the user or because another rank has ended, which reports the reason. */
    if (WIFSIGNALED(status) && WTERMSIG(status) == passed) _exit(SIGNALLED + passed);
    if (kept >= 0) print_kept(kept, rank);
    /* mpirun ends all ranks as soon as one has failed. If all fail, the others wait a moment, so that rank 0 can report. */
    if (WIFEXITED(status) && WEXITSTATUS(status) && rank > 0) nanosleep(&a_moment, NULL);
    if (!WIFSIGNALED(status)) _exit(WEXITSTATUS(status));
    cli_say("rank %d on %s was killed by signal %d (%s), so all ranks stop; linnet resume continues from "
            "the last checkpoint [rank-lost]",
            rank, host(name, sizeof name), WTERMSIG(status), strsignal(WTERMSIG(status)));
    _exit(-LINNET_ERR_RANK);
}

/* ---- the rank -------------------------------------------------------------------------------------------- */

/* A process of MPICH does not notice that its launcher has died; the kernel signals it when its watcher ends. */
static void begin_rank(const struct linnet_ranks_place *place, int kept) {
    setpgid(0, 0);
    if (strcmp(place->mpi, "mpich") == 0) prctl(PR_SET_PDEATHSIG, SIGTERM);
    setenv(watched, "1", 1);
    if (kept >= 0) dup2(kept, STDERR_FILENO);
}

void cli_ranks_watch(char **argv) {
    const struct linnet_ranks_place place = linnet_ranks_place();
    if (place.size == 1 || getenv(watched)) return;
    sigset_t set, before;
    cli_ranks_take_cores(&place, getppid());
    const int kept = place.rank > 0 ? memfd_create("stderr of a rank", MFD_CLOEXEC) : -1;
    block(&set, &before);
    const pid_t child = fork();
    if (child > 0) {
        rename_process(argv, place.rank);
        watch(child, &set, kept, place.rank);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (child == 0) begin_rank(&place, kept); /* if fork failed, the rank runs without a watcher */
}

/* ---- a command ------------------------------------------------------------------------------------------- */

static void be_silent(void) {
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    fflush(stdout);
    if (null >= 0) dup2(null, STDOUT_FILENO);
}

/* stdout is flushed first: when a rank fails, mpirun ends the others and may lose their output. */
int cli_ranks_agree(linnet_ranks *ranks, int status) {
    if (ranks) fflush(stdout);
    const int all = linnet_ranks_agree(ranks, status);
    if (all && !status) cli_fail_library(all);
    return all;
}

int cli_ranks_run(int argc, char **argv, int (*run)(int argc, char **argv, linnet_ranks *ranks)) {
    linnet_ranks *ranks = NULL;
    const struct linnet_ranks_place place = linnet_ranks_place();
    if (place.rank > 0) be_silent();
    int status = linnet_ranks_open(&ranks);
    if (status) { /* the same on every rank; rank 0 reports it */
        if (place.rank > 0 && getenv(watched)) return status;
        return cli_fail_library(status);
    }
    status = run(argc, argv, ranks);
    const bool agreed = linnet_ranks_agreed(ranks, status);
    if (place.rank > 0 && agreed && getenv(watched))
        (void)!ftruncate(STDERR_FILENO, 0); /* rank 0 reports it */
    linnet_ranks_close(ranks, status);
    return status;
}
