/* The families of networks: a line each, for a file of the same name. */
LN_ARCH(lenet)
LN_ARCH(alexnet)
