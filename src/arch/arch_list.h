/* The families of networks, one line per file. */
LN_ARCH(lenet)
LN_ARCH(alexnet)
LN_ARCH(vgg)
LN_ARCH(googlenet)
LN_ARCH(resnet)
LN_ARCH(cifar_resnet)
