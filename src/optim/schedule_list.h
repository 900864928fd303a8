/* The learning-rate schedules: one line for each file of the same name. */
LN_SCHEDULE(cosine)
LN_SCHEDULE(onecycle)
LN_SCHEDULE(step)
LN_SCHEDULE(plateau)
LN_SCHEDULE(constant)
