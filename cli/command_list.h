/* The commands, in the order in which `linnet --help` shows them. */
LN_COMMAND(train)
LN_COMMAND(eval)
LN_COMMAND(predict)
LN_COMMAND(summary)
LN_COMMAND(models)
LN_COMMAND(bench)
LN_COMMAND(help)
LN_COMMAND(version)
