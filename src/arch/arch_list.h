/* The families of networks: a line each, for a file of the same name. */
LN_ARCH(lenet)
LN_ARCH(alexnet)
LN_ARCH(vgg)
LN_ARCH(googlenet)
LN_ARCH(resnet)
LN_ARCH(cifar_resnet)
