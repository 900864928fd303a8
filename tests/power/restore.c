/* Opens a run folder as `linnet resume` does, and ends before the first step, for loss.py:
 *
 *     restore RUN
 *
 *     EPOCH STEP              the position from which the run would continue
 *     noted LINE              a warning: the folder was not whole
 *     refused LINE
 */
#include <linnet/linnet.h>
#include <stdio.h>
#include <unistd.h>

static void on_log(void *user, int level, const char *line) {
    (void)user;
    if (level >= LINNET_LOG_WARNING) printf("noted %s\n", line);
}

/* By now the checkpoint and the best weights have been read. Ending here saves a step, a save and pictures. */
static void on_event(void *user, const struct linnet_event *event) {
    (void)user;
    if (event->kind != LINNET_EVENT_START) return;
    printf("%d %d\n", event->epoch, event->step);
    fflush(stdout);
    _exit(0);
}

int main(int argc, char **argv) {
    struct linnet_resumed run = {.size = sizeof run};
    if (argc != 2) return 2;
    linnet_set_log(on_log, NULL);
    int status = linnet_resume_open(&run, argv[1]);
    if (status == LINNET_OK) {
        run.opts->on_event = on_event;
        status = linnet_train(run.model, run.data, run.opts, NULL);
    }
    printf("refused %s\n", linnet_error());
    linnet_resume_close(&run);
    return 0;
}
